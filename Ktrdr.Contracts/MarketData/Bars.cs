namespace Ktrdr.Contracts.MarketData;

/// <summary>Bars as JSON columns of equal length; times are bar opens.</summary>
public sealed record BarColumns
{
    public required IReadOnlyList<DateTimeOffset> Time { get; init; }
    public IReadOnlyList<double>? Open { get; init; }
    public IReadOnlyList<double>? High { get; init; }
    public IReadOnlyList<double>? Low { get; init; }
    public required IReadOnlyList<double> Close { get; init; }
    public IReadOnlyList<double>? Volume { get; init; }
}

public sealed record SymbolSummary(string Symbol, IReadOnlyList<string> Timeframes, bool Synthetic);
