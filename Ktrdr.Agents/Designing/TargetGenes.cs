using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>Draws what is predicted, how it is learned, and when a prediction is traded.</summary>
internal static class TargetGenes
{
    public const string ForwardReturn = "forward_return";
    public const string TripleBarrier = "triple_barrier";

    private static readonly Dictionary<string, int[]> Horizons = new(StringComparer.Ordinal)
    {
        ["short"] = [6, 8],
        ["medium"] = [12, 18, 24],
        ["long"] = [36, 48, 72],
    };

    private static readonly int[] Separations = [2, 4, 8, 12];
    private static readonly double[] LearningRates = [0.0005, 0.001, 0.002];
    private static readonly double[] Barriers = [1.5, 2, 2.5, 3, 4];

    public static string HorizonName(LabelSpec labels) => labels.LongestLookAhead switch
    {
        <= 8 => "short",
        <= 24 => "medium",
        _ => "long",
    };

    public static string LabelName(LabelSpec labels) => labels.IsRegression ? ForwardReturn : TripleBarrier;

    /// <summary>low or high: how sure, or how large for its horizon, a prediction must be.</summary>
    public static string ThresholdName(TargetGene target) => target.Decisions.OutputFormat == OutputFormat.Regression
        ? target.Decisions.MinEdgeMultiplier <= 1.125 * EdgeScale(target.Training.Labels.Horizon) ? "low" : "high"
        : target.Decisions.ConfidenceThreshold <= 0.38 ? "low" : "high";

    public static TargetGene Draw(Generator generator, BlockPosteriors posteriors, InstrumentFacts instrument)
    {
        var label = posteriors.Choose(generator, Block.Label, [ForwardReturn, TripleBarrier]);
        var horizon = Pick(generator, Horizons[posteriors.Choose(generator, Block.Horizon, ["short", "medium", "long"])]);
        var threshold = posteriors.Choose(generator, Block.Threshold, ["low", "high"]);
        var separation = new SignalSeparation(Pick(generator, Separations), SeparationUnit.Bars);
        var training = new TrainingSpec
        {
            Labels = new LabelSpec { Source = LabelSource.ForwardReturn, Horizon = horizon },
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
    private static TargetGene Regression(Generator generator, TrainingSpec training, SignalSeparation separation, string threshold, int horizon, InstrumentFacts instrument) => new(
        training with { Loss = LossKind.Huber, WeightDecay = 0, ClassWeights = false, EarlyStopping = new EarlyStoppingSpec(5, 0) },
        new DecisionSpec
        {
            OutputFormat = OutputFormat.Regression,
            MinSignalSeparation = separation,
            AllowShortFromFlat = true,
            RoundTripCost = Math.Round(instrument.RoundTripCost, 6),
            MinEdgeMultiplier = Math.Round((threshold == "low" ? 0.5 + (0.25 * generator.NextInt(3)) : 1.25 + (0.25 * generator.NextInt(4))) * EdgeScale(horizon), 2),
        });

    /// <summary>Returns grow with the root of time, and predictions with them: what is a high hurdle for six bars is a low one for three days.</summary>
    private static double EdgeScale(int horizon) => Math.Sqrt(horizon / 24.0);

    private static TargetGene Classification(Generator generator, TrainingSpec training, SignalSeparation separation, string threshold, int horizon)
    {
        var barrier = Pick(generator, Barriers);
        return new TargetGene(
            training with
            {
                Labels = new LabelSpec
                {
                    Source = LabelSource.TripleBarrier,
                    PtMultiplier = barrier,
                    SlMultiplier = barrier,
                    MaxHoldingPeriod = horizon,
                    VolSpan = 50,
                },
                EarlyStopping = new EarlyStoppingSpec(5, 0.0001),
            },
            new DecisionSpec
            {
                MinSignalSeparation = separation,
                AllowShortFromFlat = true,
                ConfidenceThreshold = Math.Round(threshold == "low" ? 0.35 + (0.01 * generator.NextInt(4)) : 0.39 + (0.01 * generator.NextInt(5)), 2),
            });
    }

    private static T Pick<T>(Generator generator, T[] options) => options[generator.NextInt(options.Length)];
}
