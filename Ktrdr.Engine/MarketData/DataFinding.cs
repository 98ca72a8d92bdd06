namespace Ktrdr.Engine.MarketData;

public enum FindingSeverity
{
    /// <summary>Expected, for instance a weekend.</summary>
    Info,

    /// <summary>A person should look.</summary>
    Warning,
}

/// <summary>Something about imported data that is worth knowing although it was imported.</summary>
/// <param name="Code">gap_weekend, gap_session, gap_holiday, gap_unexpected, spike, zero_volume, missing_volume, irregular_spacing, filled_column, adjusted_close, timeframe_inferred, dst_ambiguous, dst_shift, outside_session, or dropped_ and the reason.</param>
/// <param name="Row">1-based line of the file; the first one where the finding stands for several rows.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Severity">How much it matters.</param>
public sealed record DataFinding(string Code, int Row, string Message, FindingSeverity Severity)
{
    /// <summary>How many rows the finding stands for.</summary>
    public int Count { get; init; } = 1;
}
