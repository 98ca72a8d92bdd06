using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Worker.MarketData;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Training;

/// <summary>Everything that a training depends on, made from its request: equal requests give equal plans, whoever runs them and when.</summary>
internal sealed record TrainingPlan
{
    /// <summary>Least share of the window that is left out between training and validation rows.</summary>
    private const double EmbargoShare = 0.01;

    /// <summary>The last fifth of the window decides when to stop, unless the document splits otherwise.</summary>
    private const double ValidationShare = 0.2;

    private const int Classes = 3;

    public required TrainingRequest Request { get; init; }

    public required StrategyVersion Stored { get; init; }

    /// <summary>The document as trained: without the inputs that were dropped.</summary>
    public required StrategyDocument Strategy { get; init; }

    public required DatasetVersion Dataset { get; init; }

    /// <summary>The dataset's bars up to the end of the window; nothing after it exists for this training.</summary>
    public required BarSeries Bars { get; init; }

    /// <summary><see cref="Bars"/> and the wider series made of them, by timeframe.</summary>
    public required IReadOnlyDictionary<string, BarSeries> Series { get; init; }

    /// <summary>First bar of the window.</summary>
    public required int Start { get; init; }

    public required long Seed { get; init; }

    public required FeatureMatrix Features { get; init; }

    public required Normalization Normalization { get; init; }

    public required RowSplit Split { get; init; }

    public required TrainingSet Set { get; init; }

    /// <summary>What the targets of <see cref="Set"/> were multiplied by; 1 for a classification.</summary>
    public required double TargetScale { get; init; }

    public required NetworkShape Shape { get; init; }

    /// <summary>In the unit of the scaled targets.</summary>
    public required TrainerOptions Options { get; init; }

    public static TrainingPlan Of(TrainingRequest request, StrategyVersion stored, PinnedBars pinned)
    {
        var strategy = Without(request.DroppedInputs, StrategyReader.Parse(stored.Document, lenient: true));
        var (start, end) = pinned.Range("train", request.Start, request.End);
        var bars = pinned.Bars.Slice(0, end);
        var timeframe = bars.Timeframe.Name;

        var series = StrategyBars.Of(strategy, bars);
        var raw = FeaturePipeline.Build(strategy, series, timeframe);
        var embargo = Math.Max((int)Math.Ceiling((end - start) * EmbargoShare), raw.LongestLookBack);
        var validation = strategy.Training.DataSplit == new DataSplitSpec() ? ValidationShare : strategy.Training.DataSplit.ValidationFraction;
        var labels = Labeler.Compute(strategy.Training.Labels, bars, Splits.Border(start, end, validation));
        var split = Splits.PurgedHoldout(labels, start, end, validation, embargo, raw.IsReady);
        var normalization = Normalization.Fit(raw, strategy, split.Train);
        var features = normalization.Apply(raw);
        var weights = strategy.Training.Labels.ComputeWeights ? SampleWeights(labels, split) : null;
        var seed = strategy.Seed is { } fixedSeed ? unchecked((long)fixedSeed) : request.Seed;

        var scale = labels.IsRegression ? TargetScaling.Fit(labels.Target, split.Train) : 1;

        return new TrainingPlan
        {
            Request = request,
            Stored = stored,
            Strategy = strategy,
            Dataset = pinned.Dataset,
            Bars = bars,
            Series = series,
            Start = start,
            Seed = seed,
            Features = features,
            Normalization = normalization,
            Split = split,
            Set = labels.IsRegression
                ? new TrainingSet(features.Values, features.Columns, TargetScaling.Apply(labels.Target, scale), weights, split.Train, split.Validation)
                : new TrainingSet(features.Values, features.Columns, labels.Class, weights, split.Train, split.Validation),
            TargetScale = scale,
            Shape = new MlpShape(features.Columns, [.. strategy.Model.HiddenLayers], labels.IsRegression ? 1 : Classes, ActivationOf(strategy.Model.Activation), (float)strategy.Model.Dropout),
            Options = TargetScaling.Apply(TrainerOptions.From(strategy.Training, unchecked((ulong)seed)) with { Epochs = request.Epochs ?? strategy.Training.Epochs }, scale),
        };
    }

    /// <summary>Trains; the outcome and what <paramref name="onEpoch"/> is told are in the labels' own unit.</summary>
    public TrainingOutcome Train(TrainerCheckpoint? resume, Action<EpochReport, Func<TrainerCheckpoint>>? onEpoch, CancellationToken cancellation) =>
        TargetScaling.Undo(
            Trainer.Train(Set, Shape, Options, resume, onEpoch is null ? null : (epoch, checkpoint) => onEpoch(TargetScaling.Undo(epoch, TargetScale), checkpoint), cancellation), TargetScale);

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

    private static StrategyDocument Without(IReadOnlyList<string> dropped, StrategyDocument strategy)
    {
        if (dropped.Count == 0)
        {
            return strategy;
        }

        var names = strategy.Inputs.Select(NameOf).ToList();
        if (dropped.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, $"dropped_inputs has '{unknown}'; allowed: {string.Join(", ", names)}.");
        }

        var kept = strategy.Inputs.Where(input => !dropped.Contains(NameOf(input))).ToSequence();
        return kept.Count > 0
            ? strategy with { Inputs = kept }
            : throw new OperationFailedException(ErrorCodes.InvalidField, $"dropped_inputs leaves the strategy no input; allowed: some of {string.Join(", ", names)}, not all.");
    }

    private static string NameOf(NnInput input) => input.FuzzySet ?? input.RawIndicator!.ToString();

    private static Activation ActivationOf(ActivationKind kind) => kind switch
    {
        ActivationKind.Relu => Activation.Relu,
        ActivationKind.Tanh => Activation.Tanh,
        ActivationKind.Sigmoid => Activation.Sigmoid,
        ActivationKind.LeakyRelu => Activation.LeakyRelu,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown activation."),
    };
}
