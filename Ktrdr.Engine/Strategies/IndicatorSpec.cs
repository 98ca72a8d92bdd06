namespace Ktrdr.Engine.Strategies;

/// <summary>One computation.</summary>
/// <param name="Id">Chosen by the author; fuzzy sets and inputs refer to it.</param>
/// <param name="Type">Canonical name in the indicator catalog, for instance "rsi".</param>
public sealed record IndicatorSpec(string Id, string Type);
