using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>How a test over many trials is resampled.</summary>
public sealed record BootstrapOptions
{
    /// <summary>B.</summary>
    public int Replications { get; init; } = 2000;

    /// <summary>Mean block length; null chooses the median over the trials of <see cref="Statistics.BlockLength.Stationary"/>.</summary>
    public double? BlockLength { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>No result depends on it.</summary>
    public int MaxThreads { get; init; } = 1;

    internal void Validate()
    {
        if (Replications is < 1 or > 1_000_000)
        {
            throw new InvalidInputException(new Problem("out_of_range", "replications", $"replications is {Replications}: 1 to 1000000 is allowed."));
        }
    }
}

/// <summary>White's reality check: whether the best of all trials earns more than nothing once the search for it is counted.</summary>
/// <param name="Statistic">√T times the largest mean daily return.</param>
/// <param name="PValue">Chance of a larger statistic if no trial had an edge: (1 + replications at or above it)/(1 + B).</param>
public sealed record RealityCheckResult(double Statistic, double PValue);

/// <summary>Hansen's test for superior predictive ability: the reality check on studentised means, less weakened by hopeless trials.</summary>
/// <param name="Statistic">The largest of 0 and √T times mean over standard error, over all trials.</param>
/// <param name="Consistent">The p-value to use: trials that are clearly bad are not recentred.</param>
/// <param name="Lower">Lower bound: no losing trial is recentred (liberal).</param>
/// <param name="Upper">Upper bound: all are recentred (conservative, as the reality check does).</param>
public sealed record SpaResult(double Statistic, double Consistent, double Lower, double Upper);

/// <summary>Both tests from one bootstrap.</summary>
/// <param name="Best">Trial with the largest studentised mean.</param>
/// <param name="Trials">Trials tested: those whose returns vary.</param>
public sealed record DataSnoopingResult(RealityCheckResult RealityCheck, SpaResult Spa, TrialKey Best, int Trials, double BlockLength, int Replications);

/// <summary>
/// Reality check and superior predictive ability against a benchmark that earns nothing: with d̄ the mean daily returns and ω² the exact variance that
/// the stationary bootstrap gives √T·d̄, statistics max √T·d̄ and max(0, max √T·d̄/ω); replications recentre by g(d̄): d̄ itself (reality check and
/// upper), d̄ where d̄ ≥ −√(ω²/T · 2·ln ln T) and else 0 (consistent), max(0, d̄) (lower). White, "A Reality Check for Data Snooping", Econometrica 68, 2000;
/// Hansen, "A Test for Superior Predictive Ability", Journal of Business &amp; Economic Statistics 23, 2005.
/// </summary>
public static class DataSnooping
{
    private const int FewestDays = 10;

    /// <exception cref="InvalidInputException">No trial whose returns vary, fewer than ten days, or options out of range.</exception>
    public static DataSnoopingResult Test(DailyPanel panel, BootstrapOptions options)
    {
        options.Validate();
        panel = panel.WithoutConstants();
        var days = panel.Days.Length;
        if (panel.Trials == 0 || days < FewestDays)
        {
            throw new InvalidInputException(new Problem(
                "invalid_panel", "panel", $"{Counted.Of(panel.Trials, "trial")} with returns that vary over {Counted.Of(days, "day")}: at least one trial and {FewestDays} days are needed."));
        }

        var blockLength = options.BlockLength ?? MedianBlockLength(panel);
        var bootstrap = new StationaryBootstrap(days, blockLength, options.Seed);
        var root = Math.Sqrt(days);
        var means = Array.ConvertAll(panel.Columns, c => Reductions.Mean(c));
        var deviations = Array.ConvertAll(panel.Columns, c => Math.Sqrt(bootstrap.VarianceOfMean(c)));
        var plain = Array.ConvertAll(means, _ => root);
        var studentised = Array.ConvertAll(deviations, d => d > 0 ? root / d : 0);
        var hopeless = Math.Sqrt(2 * Elementary.Log(Elementary.Log(days)));
        var consistent = means.Select((m, k) => m * studentised[k] >= -hopeless ? m : 0).ToArray();
        var lower = Array.ConvertAll(means, m => Math.Max(0, m));
        var maxima = ResampledMaxima.Of(
            panel, bootstrap, options.Replications,
            [new(means, plain), new(consistent, studentised), new(lower, studentised), new(means, studentised)], options.MaxThreads);

        var best = 0;
        for (var k = 1; k < means.Length; k++)
        {
            best = means[k] * studentised[k] > means[best] * studentised[best] ? k : best;
        }

        var largest = means.Max() * root;
        var statistic = Math.Max(0, means[best] * studentised[best]);
        return new DataSnoopingResult(
            new RealityCheckResult(largest, PValue(maxima[0], largest)),
            new SpaResult(statistic, FlooredPValue(maxima[1], statistic), FlooredPValue(maxima[2], statistic), FlooredPValue(maxima[3], statistic)),
            panel.Keys[best], panel.Trials, blockLength, options.Replications);
    }

    private static double MedianBlockLength(DailyPanel panel) =>
        Quantiles.Of([.. panel.Columns.Select(c => Statistics.BlockLength.Stationary(c)).Order()], 0.5);

    private static double FlooredPValue(double[] maxima, double statistic) => PValue(Array.ConvertAll(maxima, m => Math.Max(0, m)), statistic);

    private static double PValue(double[] maxima, double statistic) => (1.0 + maxima.Count(m => m >= statistic)) / (1.0 + maxima.Length);
}
