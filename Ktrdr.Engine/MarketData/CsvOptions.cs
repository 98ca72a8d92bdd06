namespace Ktrdr.Engine.MarketData;

/// <summary>What a file of bars is and how strictly it is read.</summary>
public sealed record CsvOptions
{
    /// <summary>Name of the instrument; files do not carry it.</summary>
    public required string Symbol { get; init; }

    /// <summary>Width of the bars; null: taken from the most common spacing of the rows, which a finding then says.</summary>
    public Timeframe? Timeframe { get; init; }

    /// <summary>When the market trades; null: by the symbol's name (<see cref="MarketCalendar.For"/>).</summary>
    public MarketCalendar? Calendar { get; init; }

    /// <summary>IANA name of the zone of times that carry no offset. Dates without a time of day are trading dates and are kept as 00:00 UTC.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>
    /// Form of the times where they are neither ISO 8601 nor Unix time: yyyy yy MMM MM M dd d HH H hh h mm m ss s fff tt, anything else stands for
    /// itself, for instance <c>dd.MM.yyyy HH:mm:ss.fff</c>; or unix, unix_ms, unix_us, unix_ns. Null: recognised. Where date and time are two
    /// columns, it is the form of both with a space between.
    /// </summary>
    public string? TimeFormat { get; init; }

    /// <summary>Names of the columns in their order where the file has no header line; null: the first line has them.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>
    /// Price columns may be absent: they are filled from those that are there (open and close from each other, high and low from the larger and the
    /// smaller of them), which a finding says. Volume may be absent in any case and is NaN then.
    /// </summary>
    public bool AllowMissingColumns { get; init; }

    /// <summary>Columns that must be there although <see cref="AllowMissingColumns"/> is set: of open, high, low, close, volume.</summary>
    public IReadOnlyList<string> RequiredColumns { get; init; } = [];

    /// <summary>What to do with rows that are wrong or strange.</summary>
    public DataPolicy Policy { get; init; } = new();

    /// <summary>Largest size in bytes after decompression.</summary>
    public long MaximumBytes { get; init; } = 1L << 30;
}

/// <summary>What happens to a row with a finding. No action ever changes a value.</summary>
public enum PolicyAction
{
    /// <summary>The file is not imported; the error lists the rows.</summary>
    Reject,

    /// <summary>The row is left out, with a finding.</summary>
    Drop,

    /// <summary>The row is kept, with a finding.</summary>
    Keep,
}

/// <summary>What to do per kind of finding. By default wrong rows reject the file and strange ones are kept and flagged.</summary>
public sealed record DataPolicy
{
    /// <summary>A row older than the one before it. Cannot be kept.</summary>
    public PolicyAction Unsorted { get; init; } = PolicyAction.Reject;

    /// <summary>A row with the time of the one before it. Cannot be kept; dropping keeps the first.</summary>
    public PolicyAction Duplicate { get; init; } = PolicyAction.Reject;

    /// <summary>A field that is no number or no time, a price, volume or year that no market has, or a row with too few or too many fields. Cannot be kept.</summary>
    public PolicyAction Malformed { get; init; } = PolicyAction.Reject;

    /// <summary>A price of 0 or less, high below low, open or close outside their range, a negative volume.</summary>
    public PolicyAction InvalidPrice { get; init; } = PolicyAction.Reject;

    /// <summary>A move of more than <see cref="SpikeFactor"/> times the usual one.</summary>
    public PolicyAction Spike { get; init; } = PolicyAction.Keep;

    /// <summary>Missing bars; dropping has no meaning here.</summary>
    public PolicyAction Gap { get; init; } = PolicyAction.Keep;

    /// <summary>A volume of 0, or none.</summary>
    public PolicyAction ZeroVolume { get; init; } = PolicyAction.Keep;

    /// <summary>Spike threshold in standardised median absolute moves (1.4826 · median |close/close before − 1|).</summary>
    public double SpikeFactor { get; init; } = 25.0;

    /// <summary>The default policy with some actions replaced.</summary>
    /// <param name="actions">Finding (unsorted, duplicate, malformed, invalid_price, spike, gap, zero_volume) and action (reject, drop, keep).</param>
    /// <exception cref="InvalidInputException">An unknown finding or action, or one that cannot be taken; all are listed.</exception>
    public static DataPolicy Of(IEnumerable<KeyValuePair<string, string>> actions)
    {
        var policy = new DataPolicy();
        var problems = new List<Problem>();
        foreach (var (finding, word) in actions)
        {
            if (!Enum.TryParse<PolicyAction>(word, ignoreCase: true, out var action) || !Enum.IsDefined(action) || char.IsAsciiDigit(word[0]))
            {
                problems.Add(new Problem("invalid_policy", $"policy.{finding}", $"policy.{finding} = '{word}' is not allowed; allowed: reject, drop, keep") { Value = word, Allowed = "reject, drop, keep" });
                continue;
            }

            policy = finding switch
            {
                "unsorted" => policy with { Unsorted = action },
                "duplicate" => policy with { Duplicate = action },
                "malformed" => policy with { Malformed = action },
                "invalid_price" => policy with { InvalidPrice = action },
                "spike" => policy with { Spike = action },
                "gap" => policy with { Gap = action },
                "zero_volume" => policy with { ZeroVolume = action },
                _ => Unknown(finding),
            };
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }

        policy.Check();
        return policy;

        DataPolicy Unknown(string finding)
        {
            const string allowed = "unsorted, duplicate, malformed, invalid_price, spike, gap, zero_volume";
            problems.Add(new Problem("invalid_policy", "policy", $"policy '{finding}' is not known; allowed: {allowed}") { Value = finding, Allowed = allowed });
            return policy;
        }
    }

    internal void Check()
    {
        var problems = new List<Problem>();
        Forbid(Unsorted, PolicyAction.Keep, "unsorted");
        Forbid(Duplicate, PolicyAction.Keep, "duplicate");
        Forbid(Malformed, PolicyAction.Keep, "malformed");
        Forbid(Gap, PolicyAction.Drop, "gap");
        if (!(SpikeFactor > 0.0))
        {
            problems.Add(new Problem("invalid_policy", "policy.spike_factor", $"policy.spike_factor = {SpikeFactor:R} is not allowed; allowed: a number above 0"));
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }

        void Forbid(PolicyAction action, PolicyAction forbidden, string name)
        {
            if (action == forbidden)
            {
                var word = forbidden.ToString().ToLowerInvariant();
                var allowed = string.Join(", ", Enum.GetValues<PolicyAction>().Where(a => a != forbidden).Select(a => a.ToString().ToLowerInvariant()));
                problems.Add(new Problem("invalid_policy", $"policy.{name}", $"policy.{name} = {word} is not allowed; allowed: {allowed}")
                {
                    Value = word,
                    Allowed = allowed,
                });
            }
        }
    }
}

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

/// <summary>Imported bars and what was found on the way, in the order of rows.</summary>
public sealed record CsvImport(BarSeries Bars, IReadOnlyList<DataFinding> Findings);
