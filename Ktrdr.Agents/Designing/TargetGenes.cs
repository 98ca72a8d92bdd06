using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>Draws what is predicted, how it is learned, and when a prediction is traded.</summary>
internal static class TargetGenes
{
    public const string ForwardReturn = "forward_return";
    public const string TripleBarrier = "triple_barrier";

    private const string Short = "short";
    private const string Medium = "medium";
    private const string Long = "long";

    /// <summary>Bars ahead. Returns over fewer bars are so small beside costs that a regression, which predicts something near their mean, would never trade.</summary>
    private static readonly Dictionary<string, int[]> RegressionHorizons = new(StringComparer.Ordinal)
    {
        [Short] = [12],
        [Medium] = [18, 24, 36],
        [Long] = [48, 72, 96],
    };

    /// <summary>Bars until a label expires.</summary>
    private static readonly Dictionary<string, int[]> BarrierHorizons = new(StringComparer.Ordinal)
    {
        [Short] = [8, 12],
        [Medium] = [18, 24, 36],
        [Long] = [48, 72, 96],
    };

    /// <summary>
    /// Barriers in mean ranges of a bar, times the root of the horizon: a random walk of such bars then touches neither for between an eighth and a third of the labels.
    /// Nearer barriers leave HOLD so few rows that their balanced weight drowns the others.
    /// </summary>
    private static readonly double[] BarrierScales = [0.45, 0.5, 0.55, 0.6];

    private static readonly int[] Separations = [2, 4, 8, 12];
    private static readonly double[] LearningRates = [0.0005, 0.001, 0.002];

    public static string HorizonName(LabelSpec labels) => labels.LongestLookAhead switch
    {
        <= 12 => Short,
        <= 36 => Medium,
        _ => Long,
    };

    public static string LabelName(LabelSpec labels) => labels.IsRegression ? ForwardReturn : TripleBarrier;

    /// <summary>low or high: how sure, or how large for its horizon, a prediction must be.</summary>
    public static string ThresholdName(TargetGene target) => target.Decisions.OutputFormat == OutputFormat.Regression
        ? target.Decisions.MinEdgeMultiplier <= 0.625 * EdgeScale(target.Training.Labels.Horizon) ? "low" : "high"
        : target.Decisions.ConfidenceThreshold <= 0.3525 ? "low" : "high";

    public static TargetGene Draw(Generator generator, BlockPosteriors posteriors, InstrumentFacts instrument)
    {
        var label = posteriors.Choose(generator, Block.Label, [ForwardReturn, TripleBarrier]);
        var horizon = posteriors.Choose(generator, Block.Horizon, [Short, Medium, Long]);
        var threshold = posteriors.Choose(generator, Block.Threshold, ["low", "high"]);
        var separation = new SignalSeparation(Pick(generator, Separations), SeparationUnit.Bars);
        var training = new TrainingSpec
        {
            Labels = new LabelSpec { Source = LabelSource.ForwardReturn },
            Epochs = 12 + (4 * generator.NextInt(4)),
            BatchSize = 128 << generator.NextInt(2),
            LearningRate = Pick(generator, LearningRates),
            DataSplit = new DataSplitSpec(0.8, 0.2, 0),
        };
        return label == ForwardReturn
            ? Regression(generator, training, separation, threshold, horizon, instrument)
            : Classification(generator, training, separation, threshold, horizon);
    }

    /// <summary>Squared losses of returns are tiny, so the least progress that counts must be tinier.</summary>
    private static TargetGene Regression(Generator generator, TrainingSpec training, SignalSeparation separation, string threshold, string horizon, InstrumentFacts instrument)
    {
        var labels = new LabelSpec { Source = LabelSource.ForwardReturn, Horizon = Pick(generator, RegressionHorizons[horizon]) };
        var multiplier = threshold == "low" ? 0.25 + (0.25 * generator.NextInt(2)) : 0.75 + (0.25 * generator.NextInt(3));
        return new TargetGene(
            training with { Labels = labels, Loss = LossKind.Huber, WeightDecay = 0, ClassWeights = false, EarlyStopping = new EarlyStoppingSpec(5, 0) },
            new DecisionSpec
            {
                OutputFormat = OutputFormat.Regression,
                MinSignalSeparation = separation,
                AllowShortFromFlat = true,
                RoundTripCost = Math.Round(instrument.RoundTripCost, 6),
                MinEdgeMultiplier = Math.Round(multiplier * EdgeScale(labels.Horizon), 2),
            });
    }

    /// <summary>Returns grow with the root of time, and predictions with them: what is a high hurdle for six bars is a low one for three days.</summary>
    private static double EdgeScale(int horizon) => Math.Sqrt(horizon / 24.0);

    /// <summary>Classes are weighed alike, so three even chances are where certainty begins; where there is little to know, one decision in ten is surer than 0.38.</summary>
    private static TargetGene Classification(Generator generator, TrainingSpec training, SignalSeparation separation, string threshold, string horizon)
    {
        var bars = Pick(generator, BarrierHorizons[horizon]);
        var barrier = Math.Round(Pick(generator, BarrierScales) * Math.Sqrt(bars), 1);
        var labels = new LabelSpec { Source = LabelSource.TripleBarrier, PtMultiplier = barrier, SlMultiplier = barrier, MaxHoldingPeriod = bars, VolSpan = 50 };
        return new TargetGene(
            training with { Labels = labels, EarlyStopping = new EarlyStoppingSpec(5, 0.0001) },
            new DecisionSpec
            {
                MinSignalSeparation = separation,
                AllowShortFromFlat = true,
                ConfidenceThreshold = Math.Round(threshold == "low" ? 0.34 + (0.005 * generator.NextInt(3)) : 0.355 + (0.01 * generator.NextInt(3)), 3),
            });
    }

    private static T Pick<T>(Generator generator, T[] options) => options[generator.NextInt(options.Length)];
}
