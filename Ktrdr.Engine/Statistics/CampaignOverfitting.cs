namespace Ktrdr.Engine.Statistics;

/// <summary>What choosing among everything a campaign tried on one data set and window is worth.</summary>
public sealed record OverfittingReport
{
    public required string DatasetVersion { get; init; }

    public required string Window { get; init; }

    /// <summary>Trials of this universe that have a series of daily returns.</summary>
    public required int TrialsWithReturns { get; init; }

    /// <summary>Of them, those that cover the largest common window.</summary>
    public required int TrialsInWindow { get; init; }

    /// <summary>Of them, those computed with: all, or the best by t-statistic and a seeded sample of the others.</summary>
    public required int TrialsUsed { get; init; }

    /// <summary>Days of the common window.</summary>
    public required int Days { get; init; }

    /// <summary>First and last day since 1970-01-01 UTC; null without a common window.</summary>
    public int? FirstDay { get; init; }

    public int? LastDay { get; init; }

    /// <summary>Of the sample and of the bootstrap.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Null where there is too little to compute it; <see cref="Notes"/> says what is missing.</summary>
    public PboResult? Pbo { get; init; }

    /// <summary>Null where there is too little to compute it.</summary>
    public DataSnoopingResult? DataSnooping { get; init; }

    /// <summary>What was left out or could not be computed, and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>
/// PBO, reality check and superior predictive ability over everything a campaign tried: one report per universe, that is per data set version and
/// window. Folds and seeds of a trial are averaged first. Independent of the order of the evidence.
/// </summary>
public static class CampaignOverfitting
{
    /// <summary>Most trials computed with.</summary>
    public const int MaximumTrials = 2000;

    /// <summary>Of them, how many are the best; the others are a seeded sample.</summary>
    public const int BestTrials = 1000;

    /// <summary>One report per universe, ordered by data set version and window.</summary>
    public static IReadOnlyList<OverfittingReport> Of(IEnumerable<TrialEvidence> evidence, BootstrapOptions? options = null)
    {
        var series = evidence
            .Where(e => e is { Status: TrialStatus.Completed or TrialStatus.Gated, Daily: not null })
            .GroupBy(e => e.Key)
            .Select(g => new TrialSeries(g.Key, DailyReturns.Average([.. g.Select(e => e.Daily!).Order(DailyReturns.ByContent)])));
        return
        [
            .. series.GroupBy(s => (s.Key.DatasetVersion, s.Key.Window))
                .OrderBy(g => g.Key.DatasetVersion, StringComparer.Ordinal).ThenBy(g => g.Key.Window, StringComparer.Ordinal)
                .Select(g => Report(g.Key.DatasetVersion, g.Key.Window, [.. g], options ?? new BootstrapOptions())),
        ];
    }

    private static OverfittingReport Report(string dataset, string window, TrialSeries[] series, BootstrapOptions options)
    {
        var notes = new List<string>();
        var common = DailyPanel.LargestCommonWindow(series);
        if (common.Trials < series.Length)
        {
            notes.Add($"{Counted.Of(series.Length - common.Trials, "trial")} of {series.Length} left out: outside the largest common window.");
        }

        var panel = common.Select(MaximumTrials, BestTrials, options.Seed);
        if (panel.Trials < common.Trials)
        {
            notes.Add($"Computed with {panel.Trials} of {common.Trials} trials: the best {BestTrials} by t-statistic and a sample of the others with seed {options.Seed}.");
        }

        var varying = panel.WithoutConstants();
        if (varying.Trials < panel.Trials)
        {
            notes.Add($"{Counted.Of(panel.Trials - varying.Trials, "trial")} left out: the daily returns do not vary.");
        }

        return new OverfittingReport
        {
            DatasetVersion = dataset,
            Window = window,
            TrialsWithReturns = series.Length,
            TrialsInWindow = common.Trials,
            TrialsUsed = varying.Trials,
            Days = common.Days.Length,
            FirstDay = common.Days.Length > 0 ? common.Days[0] : null,
            LastDay = common.Days.Length > 0 ? common.Days[^1] : null,
            Seed = options.Seed,
            Pbo = Try(notes, "The probability of backtest overfitting is not computed", () => Statistics.Pbo.Evaluate(varying, maxThreads: options.MaxThreads)),
            DataSnooping = Try(notes, "Reality check and superior predictive ability are not computed", () => Statistics.DataSnooping.Test(varying, options)),
            Notes = notes,
        };
    }

    /// <summary>Too few trials or days is an answer, not a failure.</summary>
    private static T? Try<T>(List<string> notes, string what, Func<T> compute)
        where T : class
    {
        try
        {
            return compute();
        }
        catch (InvalidInputException refused) when (refused.Problems.All(p => p.Code == "invalid_panel"))
        {
            notes.Add($"{what}: {refused.Message}");
            return null;
        }
    }
}
