using Ktrdr.Engine.Fuzzy;

namespace Ktrdr.Engine.Strategies;

/// <summary>Names an indicator's output: <c>rsi_14</c>, or <c>bands.upper</c> for one of several. Without a dot a multi-output indicator gives its first.</summary>
public sealed record IndicatorRef(string Id, string? Output)
{
    /// <summary>Splits at the first dot; existence is checked by <see cref="StrategyReader"/>.</summary>
    public static IndicatorRef Parse(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? new IndicatorRef(text, null) : new IndicatorRef(text[..dot], text[(dot + 1)..]);
    }

    /// <summary>As written in the document; feature ids keep the dot.</summary>
    public override string ToString() => Output is null ? Id : $"{Id}.{Output}";
}

/// <summary>What an indicator's value means in words.</summary>
/// <param name="Memberships">In document order, at least one; the order decides the order of the features.</param>
public sealed record FuzzySetSpec(string Id, IndicatorRef Indicator, Sequence<MembershipSpec> Memberships);

/// <summary>One word of a fuzzy set, for instance <c>oversold</c>.</summary>
public sealed record MembershipSpec(string Name, MembershipFunction Function);

/// <summary>One entry of <c>nn_inputs</c>: a fuzzy set or a raw indicator, never both, on some of the training timeframes.</summary>
/// <param name="Timeframes">Resolved: "all" has become the training timeframes in their order.</param>
public sealed record NnInput(string? FuzzySet, IndicatorRef? RawIndicator, Sequence<string> Timeframes, NormalizationKind Normalization = NormalizationKind.None);

/// <summary>How a raw input is scaled; fitted on training rows only.</summary>
public enum NormalizationKind
{
    None,
    MinMax,
    ZScore,
}
