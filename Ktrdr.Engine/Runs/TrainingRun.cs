using Ktrdr.Engine.Features;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Learning.Tsk;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>Everything that one training depends on, made from a document and bars: equal inputs give equal runs, whoever makes them and when.</summary>
public sealed record TrainingRun
{
    /// <summary>The last fifth of the window decides when to stop, unless the document splits otherwise.</summary>
    private const double ValidationShare = 0.2;

    public required StrategyDocument Strategy { get; init; }

    /// <summary>Scaled features of all rows.</summary>
    public required FeatureMatrix Features { get; init; }

    public required Normalization Normalization { get; init; }

    public required TrainingFold Fold { get; init; }

    public required TrainingSet Set { get; init; }

    /// <summary>What the targets of <see cref="Set"/> were multiplied by; 1 for a classification.</summary>
    public required double TargetScale { get; init; }

    public required NetworkShape Shape { get; init; }

    /// <summary>In the unit of the scaled targets; the seed is the first.</summary>
    public required TrainerOptions Options { get; init; }

    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>The rows that a window of the market gives a strategy to learn from.</summary>
    /// <param name="market">Bars that end with the window.</param>
    /// <param name="start">Open time of the first bar of the window, Unix milliseconds UTC.</param>
    /// <exception cref="InvalidInputException">The bars do not suit the strategy.</exception>
    public static TrainingTable Table(StrategyDocument strategy, MarketView market, long start, IndicatorMemory? memory = null, LabelMemory? labels = null) =>
        TrainingTable.Build(strategy, [.. market.Symbols.Select((_, s) => market.InputsOf(strategy, s))], market.Primary.Timeframe.Name, start, long.MaxValue, memory, labels);

    /// <summary>The training whose network is kept: the newest part of the window decides when to stop.</summary>
    public static TrainingRun Of(StrategyDocument strategy, TrainingTable table, IReadOnlyList<ulong> seeds, int? epochs = null) =>
        Of(strategy, table, table.Holdout(ValidationFraction(strategy)), seeds, epochs);

    /// <summary>The training of one fold.</summary>
    /// <exception cref="InvalidInputException">No row is ready, the options are out of range, or the set does not suit the model.</exception>
    public static TrainingRun Of(StrategyDocument strategy, TrainingTable table, TrainingFold fold, IReadOnlyList<ulong> seeds, int? epochs = null) =>
        Of(strategy, table.Features, fold, seeds, epochs);

    /// <param name="raw">Features of the table's rows, not yet scaled.</param>
    internal static TrainingRun Of(StrategyDocument strategy, FeatureMatrix raw, TrainingFold fold, IReadOnlyList<ulong> seeds, int? epochs)
    {
        var (rows, labels) = (fold.Rows, fold.Labels);
        var normalization = Normalization.Fit(raw, strategy, rows.Train);
        var features = normalization.Apply(raw);
        var weights = strategy.Training.Labels.ComputeWeights ? SampleWeights(labels, rows) : null;
        var scale = labels.IsRegression ? TargetScaling.Fit(labels.Target, rows.Train) : 1;
        var set = labels.IsRegression
            ? new TrainingSet(features.Values, features.Columns, TargetScaling.Apply(labels.Target, scale), weights, rows.Train, rows.Validation)
            : new TrainingSet(features.Values, features.Columns, labels.Class, weights, rows.Train, rows.Validation);
        var options = TrainerOptions.From(strategy.Training, seeds[0]);
        options = TargetScaling.Apply(epochs is { } most ? options with { Epochs = most } : options, scale);
        return new TrainingRun
        {
            Strategy = strategy,
            Features = features,
            Normalization = normalization,
            Fold = fold,
            Set = set,
            TargetScale = scale,
            Shape = ShapeOf(strategy, features, normalization, set, options, labels.IsRegression ? 1 : labels.ClassCount),
            Options = options,
            Seeds = seeds,
        };
    }

    /// <summary>Trains every seed; outcomes, and what <paramref name="onEpoch"/> is told, are in the labels' own unit.</summary>
    /// <param name="maxThreads">Seeds at a time; no result depends on it.</param>
    /// <param name="resume">Continue from here, or null to start.</param>
    public SeedOutcome Train(int maxThreads, SeedCheckpoint? resume = null, Action<SeedEpoch, Func<SeedCheckpoint>>? onEpoch = null, CancellationToken cancellation = default)
    {
        var outcome = SeedTraining.Train(
            Set, Shape, Options, Seeds, maxThreads, resume, onEpoch is null ? null : (epoch, take) => onEpoch(epoch with { Report = TargetScaling.Undo(epoch.Report, TargetScale) }, take), cancellation);
        return new SeedOutcome(outcome.Seeds, [.. outcome.Outcomes.Select(Finish)]);
    }

    /// <summary>What a backtest needs of the outcome.</summary>
    /// <exception cref="InvalidInputException">A seed gave no usable epoch.</exception>
    public TrainedStrategy Trained(SeedOutcome outcome)
    {
        for (var i = 0; i < outcome.Outcomes.Count; i++)
        {
            if (outcome.Outcomes[i].BestEpoch == 0)
            {
                throw new InvalidInputException(new Problem("training_diverged", "training", $"training with seed {outcome.Seeds[i]} gave no usable epoch: {outcome.Outcomes[i].StopMessage}; allowed: a lower training.learning_rate, or a gradient clipped with training.gradient_clip."));
            }
        }

        return new TrainedStrategy(Strategy, Normalization, [.. outcome.Outcomes.Select((o, i) => new TrainedSeed(outcome.Seeds[i], o.Network, o.History[o.BestEpoch - 1].ValidationLoss))]);
    }

    /// <summary>The rules of a trained tsk network, in the indicators' and the labels' own units; null for other kinds.</summary>
    public RuleBase? Rules(TrainingOutcome outcome) => outcome.Network is TskNetwork network
        ? TskRules.Read(network, Strategy.Decisions.OutputFormat.Names(), Normalization, Set, outcome.Pruning)
        : null;

    private TrainingOutcome Finish(TrainingOutcome outcome)
    {
        var finished = outcome.Network is TskNetwork && outcome.BestEpoch > 0 ? TskTraining.Prune(outcome, Set, Options, Strategy.Model.Tsk) : outcome;
        return TargetScaling.Undo(finished, TargetScale);
    }

    /// <summary>Share of what is not tested that decides when to stop.</summary>
    internal static double ValidationFraction(StrategyDocument strategy) =>
        strategy.Training.DataSplit == new DataSplitSpec() ? ValidationShare : strategy.Training.DataSplit.ValidationFraction;

    private static NetworkShape ShapeOf(StrategyDocument strategy, FeatureMatrix features, Normalization normalization, TrainingSet set, TrainerOptions options, int outputs)
    {
        var model = strategy.Model;
        return model.Kind switch
        {
            ModelKind.Mlp => new MlpShape(features.Columns, [.. model.HiddenLayers], outputs, ActivationOf(model.Activation), (float)model.Dropout),
            ModelKind.Lstm or ModelKind.Gru => new RecurrentShape(
                model.Kind == ModelKind.Lstm ? RecurrentCell.Lstm : RecurrentCell.Gru, features.Columns, model.HiddenSize, model.Layers, model.SequenceLength, outputs, (float)model.Dropout),
            ModelKind.Tsk => TskTraining.Shape(strategy, features.Names, normalization, set, options, strategy.Decisions.OutputFormat.Names()),
            _ => throw new ArgumentOutOfRangeException(nameof(strategy), model.Kind, "Unknown kind of model."),
        };
    }

    /// <summary>Each part by itself: how unique a training row is must not depend on rows that decide when to stop.</summary>
    private static float[] SampleWeights(LabelSeries labels, RowSplit split)
    {
        var weights = new float[labels.Count];
        foreach (var rows in (int[][])[split.Train, split.Validation])
        {
            var unique = UniquenessWeights.Of(labels, rows);
            for (var i = 0; i < rows.Length; i++)
            {
                weights[rows[i]] = unique[i];
            }
        }

        return weights;
    }

    private static Activation ActivationOf(ActivationKind kind) => kind switch
    {
        ActivationKind.Relu => Activation.Relu,
        ActivationKind.Tanh => Activation.Tanh,
        ActivationKind.Sigmoid => Activation.Sigmoid,
        ActivationKind.LeakyRelu => Activation.LeakyRelu,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown activation."),
    };
}
