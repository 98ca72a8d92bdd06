namespace Ktrdr.Contracts.MarketData;

/// <summary>An indicator of the catalog.</summary>
public sealed record IndicatorDescription(string Type, IReadOnlyList<string> Aliases, string Category, string Summary)
{
    public required IReadOnlyList<IndicatorParameterDescription> Parameters { get; init; }
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>Bars before the first value, with default parameters.</summary>
    public int WarmUp { get; init; }
}

public sealed record IndicatorParameterDescription(string Name, string Kind, string Default, double? Min, double? Max, IReadOnlyList<string>? Choices, string Summary);

/// <summary>Body of <c>POST /indicators/calculate</c>: bars come as CSV text, or by symbol and timeframe; at most 100 000 rows.</summary>
public sealed record CalculateIndicatorRequest
{
    public required string Type { get; init; }

    /// <summary>Parameter values as text; the catalog's types apply.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();
    public string? Csv { get; init; }
    public string? Symbol { get; init; }
    public string? Timeframe { get; init; }
}

/// <summary>One column per output; null where the indicator is not defined yet.</summary>
public sealed record CalculatedIndicator(string Type, IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<DateTimeOffset> Time, IReadOnlyList<IndicatorColumn> Columns);

public sealed record IndicatorColumn(string Name, IReadOnlyList<double?> Values);
