using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>One way to split the blocks in halves.</summary>
/// <param name="Chosen">Column of the trial that is best in-sample.</param>
/// <param name="InSample">Its Sharpe ratio per day in-sample.</param>
/// <param name="OutOfSample">Its Sharpe ratio per day out of sample.</param>
/// <param name="Logit">ln(ω/(1−ω)), ω its rank out of sample over N + 1: negative below the median.</param>
public readonly record struct CscvOutcome(int Chosen, double InSample, double OutOfSample, double Logit);

/// <summary>What choosing the best of these trials would have been worth on data it was not chosen on.</summary>
public sealed record PboResult
{
    /// <summary>Share of the splits whose logit is 0 or less: the chosen trial is no better than the median out of sample. About 0.5 where choosing is worth nothing.</summary>
    public required double Probability { get; init; }

    /// <summary>Share of the splits in which the chosen trial loses out of sample.</summary>
    public required double ProbabilityOfLoss { get; init; }

    /// <summary>Least-squares slope of the out-of-sample on the in-sample Sharpe ratio of the chosen; null where the latter does not vary.</summary>
    public double? DegradationSlope { get; init; }

    public double? DegradationIntercept { get; init; }

    /// <summary>R² of that line; null where either does not vary.</summary>
    public double? DegradationFit { get; init; }

    /// <summary>Middle of the logits.</summary>
    public required double MedianLogit { get; init; }

    /// <summary>Number of trials chosen among.</summary>
    public required int Trials { get; init; }

    /// <summary>S.</summary>
    public required int Blocks { get; init; }

    public required int DaysPerBlock { get; init; }

    /// <summary>Days at the start that did not fill a block.</summary>
    public required int DaysLeftOut { get; init; }

    /// <summary>One per split, each split beside its mirror image.</summary>
    public required IReadOnlyList<CscvOutcome> Outcomes { get; init; }

    internal static PboResult Of(CscvOutcome[] outcomes, int trials, int blocks, int daysPerBlock, int daysLeftOut)
    {
        var (below, losing) = (0, 0);
        double sumIn = 0, sumOut = 0;
        foreach (var outcome in outcomes)
        {
            below += outcome.Logit <= 0 ? 1 : 0;
            losing += outcome.OutOfSample < 0 ? 1 : 0;
            sumIn += outcome.InSample;
            sumOut += outcome.OutOfSample;
        }

        var (meanIn, meanOut) = (sumIn / outcomes.Length, sumOut / outcomes.Length);
        double inIn = 0, inOut = 0, outOut = 0;
        foreach (var outcome in outcomes)
        {
            var (x, y) = (outcome.InSample - meanIn, outcome.OutOfSample - meanOut);
            inIn += x * x;
            inOut += x * y;
            outOut += y * y;
        }

        const double noise = 1e-24;
        double? slope = inIn > noise ? inOut / inIn : null;
        return new PboResult
        {
            Probability = (double)below / outcomes.Length,
            ProbabilityOfLoss = (double)losing / outcomes.Length,
            DegradationSlope = slope,
            DegradationIntercept = slope is { } s ? meanOut - (s * meanIn) : null,
            DegradationFit = slope is not null && outOut > noise ? Math.Clamp(inOut * inOut / (inIn * outOut), 0, 1) : null,
            MedianLogit = Quantiles.Of([.. outcomes.Select(o => o.Logit).Order()], 0.5),
            Trials = trials,
            Blocks = blocks,
            DaysPerBlock = daysPerBlock,
            DaysLeftOut = daysLeftOut,
            Outcomes = outcomes,
        };
    }
}
