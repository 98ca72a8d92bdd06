namespace Ktrdr.Engine.Strategies;

public enum SymbolScope
{
    Universal,
    TrainingOnly,
}

/// <summary>Where the strategy may be run. The feature pipeline refuses other bars.</summary>
/// <param name="Timeframes">Allowed base timeframes; empty means all.</param>
public sealed record DeploymentSpec(SymbolScope Symbols, Sequence<string> ExcludedSymbols, Sequence<string> Timeframes);
