using System.Globalization;
using System.Text.Json;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// Trains a network of any kind on one thread: mini-batches in a new order each epoch, gradients by tiles of rows, one optimiser step per batch.
/// The same set, shape, options and seed give the same bits on every machine, in one go or resumed.
/// </summary>
public static class Trainer
{
    /// <summary>Trains until all epochs have run, patience is spent or a number is not finite, and gives back the weights of the best epoch.</summary>
    /// <param name="set">Rows to train on and to validate on.</param>
    /// <param name="shape">Of the network; its inputs are the set's columns.</param>
    /// <param name="resume">Continue from here, or null to start.</param>
    /// <param name="onEpoch">Called after every epoch. The function builds a checkpoint; it may only be called before the callback returns.</param>
    /// <param name="cancellation">Looked at after every tile of at most 48 rows, and more often where a tile takes long.</param>
    /// <exception cref="InvalidInputException">The set, shape, options or checkpoint do not fit; all problems of a kind are named.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the last checkpoint taken is where to go on.</exception>
    public static TrainingOutcome Train(
        TrainingSet set,
        NetworkShape shape,
        TrainerOptions options,
        TrainerCheckpoint? resume,
        Action<EpochReport, Func<TrainerCheckpoint>>? onEpoch,
        CancellationToken cancellation)
    {
        Check(set, shape, options);
        var lossWeights = LossWeights.Of(set, shape, options);
        var fingerprint = new Lazy<string>(() => TrainingState.Fingerprint(set, shape, options));
        var state = new TrainingState(set, shape, options);
        resume?.Restore(state, fingerprint.Value);

        var tiles = new TiledPass(set, state.Network, lossWeights, options, cancellation);
        var order = new int[set.TrainRows.Length];
        var stop = (Reason: StopReason.Completed, Message: options.Epochs == 1 ? "the one epoch ran" : $"all {options.Epochs} epochs ran");

        while (state.History.Count < options.Epochs)
        {
            if (state.PatienceIsSpent)
            {
                stop = (StopReason.EarlyStopping, $"no improvement by more than {Text(options.MinDelta)} in {Counted.Of(options.Patience, "epoch")}; epoch {state.BestEpoch} is the best");
                break;
            }

            var epoch = state.History.Count + 1;
            var learningRate = state.LearningRate;
            set.TrainRows.CopyTo(order, 0);
            state.Shuffle.Shuffle(order);
            var train = default(LossTally);
            var greatestNorm = 0f;

            for (var start = 0; start < order.Length; start += options.BatchSize)
            {
                var batch = tiles.AddGradient(order, start, Math.Min(options.BatchSize, order.Length - start), state.Step);
                train.Add(batch);
                if (batch.Weight == 0)
                {
                    tiles.Gradient.Span.Clear();
                    continue;
                }

                var norm = tiles.GradientNorm / (float)batch.Weight;
                if (!float.IsFinite(norm) || !double.IsFinite(batch.Loss))
                {
                    stop = (StopReason.NotFinite, $"epoch {epoch}, step {state.Step + 1}: loss {Text(batch.Loss / batch.Weight)}, gradient norm {Text(norm)}; lower the learning rate or clip the gradient");
                    break;
                }

                greatestNorm = Math.Max(greatestNorm, norm);
                var clip = options.GradientClip > 0 ? Math.Min(1, options.GradientClip / (norm + 1e-6)) : 1;
                state.Update(tiles.Gradient, (float)(clip / batch.Weight), learningRate);
                tiles.ParametersChanged();
            }

            if (stop.Reason == StopReason.NotFinite)
            {
                break;
            }

            var classCounts = new long[shape.Outputs];
            var validation = tiles.Validate(classCounts);
            var trainLoss = train.Loss / train.Weight;
            double? validationLoss = validation.Weight > 0 ? validation.Loss / validation.Weight : null;
            if (!double.IsFinite(validationLoss ?? 0))
            {
                stop = (StopReason.NotFinite, $"epoch {epoch}: the validation loss is {Text(validationLoss ?? 0)}");
                break;
            }

            var counts = set.IsRegression || validation.Rows == 0 ? [] : classCounts.Select(c => (int)c).ToArray();
            var isBest = state.Monitor(epoch, validationLoss ?? trainLoss, counts);
            var report = new EpochReport(
                epoch, trainLoss, validationLoss, Accuracy(set, train), Accuracy(set, validation), greatestNorm, learningRate, isBest);
            state.History.Add(report);
            Announce(onEpoch, report, state, fingerprint);
        }

        return new TrainingOutcome(state.Best, state.History, state.BestEpoch, stop.Reason, stop.Message, state.Best.WeightsHash(), state.BestClassCounts);
    }

    private static void Announce(Action<EpochReport, Func<TrainerCheckpoint>>? onEpoch, EpochReport report, TrainingState state, Lazy<string> fingerprint)
    {
        if (onEpoch is null)
        {
            return;
        }

        var current = true;
        onEpoch(report, () => current
            ? TrainerCheckpoint.Capture(state, fingerprint.Value)
            : throw new InvalidOperationException("A checkpoint can only be taken inside the epoch's callback: training has moved on since."));
        current = false;
    }

    private static double? Accuracy(TrainingSet set, in LossTally tally) => set.IsRegression || tally.Rows == 0 ? null : (double)tally.Hits / tally.Rows;

    private static string LossName(TrainerOptions options) => JsonNamingPolicy.SnakeCaseLower.ConvertName(options.Loss.ToString());

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static void Check(TrainingSet set, NetworkShape shape, TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(options);
        shape.Validate();
        options.Validate();
        var problem = (set.Columns != shape.Inputs, set.IsRegression, options.IsRegression, shape.Outputs) switch
        {
            (true, _, _, _) => $"model.inputs is {shape.Inputs}, the training set has {set.Columns} columns; allowed: the same number.",
            (_, true, false, _) => $"training.loss is {LossName(options)}, the training set has numeric targets; allowed: huber, mse.",
            (_, false, true, _) => $"training.loss is {LossName(options)}, the training set has classes; allowed: cross_entropy, focal.",
            (_, true, _, not 1) => $"model.outputs is {shape.Outputs}; allowed for regression: 1.",
            (_, false, _, < 2) => $"model.outputs is {shape.Outputs}; allowed for classification: 2 to 64.",
            _ => null,
        };
        if (problem is not null)
        {
            throw new InvalidInputException(new Problem("training_mismatch", "model", problem));
        }

        set.CheckWindows(shape.SequenceLength);
        if (!set.IsRegression)
        {
            set.CheckClasses(shape.Outputs);
        }
    }
}
