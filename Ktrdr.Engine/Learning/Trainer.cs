using System.Globalization;
using System.Text.Json;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// Trains a network of any kind on one thread: mini-batches in a new order each epoch, gradients by tiles of rows, one optimiser step per batch.
/// The same set, shape, options and seed give the same bits on every machine, in one go or resumed.
/// </summary>
public static unsafe class Trainer
{
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

        var network = state.Network;
        var parameters = network.Parameters.Pointer;
        var gradients = new AlignedFloats(network.Parameters.Length);
        var pass = network.CreatePass(training: true);
        pass.Cancellation = cancellation;
        pass.ParametersChanged(parameters);
        var order = new int[set.TrainRows.Length];
        var dropoutKey = Generator.Derive(options.Seed, "dropout");
        var loss = LossFunction.Of(options);
        var stop = (Reason: StopReason.Completed, Message: $"all {options.Epochs} epochs ran");

        while (state.History.Count < options.Epochs)
        {
            if (state.PatienceIsSpent)
            {
                stop = (StopReason.EarlyStopping, $"no improvement by more than {Text(options.MinDelta)} in {options.Patience} epochs; epoch {state.BestEpoch} is the best");
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
                var batch = order.AsSpan(start, Math.Min(options.BatchSize, order.Length - start));
                var tally = default(LossTally);
                var dropout = new DropoutStream(shape.DropoutRate, dropoutKey, state.Step, pass.RowPitch);
                for (var first = 0; first < batch.Length; first += pass.TileRows)
                {
                    cancellation.ThrowIfCancellationRequested();
                    pass.LoadRows(set, lossWeights, batch.Slice(first, Math.Min(pass.TileRows, batch.Length - first)));
                    pass.Prefetch(set, lossWeights, Part(order, start + first + pass.TileRows, pass.TileRows));
                    pass.Forward(parameters, dropout, first);
                    pass.Loss(loss, ref tally, null);
                    pass.Backward(parameters, gradients.Pointer);
                }

                train.Add(tally);
                if (tally.Weight == 0)
                {
                    gradients.Span.Clear();
                    continue;
                }

                var norm = MathF.Sqrt(GradientNorm.SumOfSquares(gradients.Pointer, gradients.Length)) / (float)tally.Weight;
                if (!float.IsFinite(norm) || !double.IsFinite(tally.Loss))
                {
                    stop = (StopReason.NotFinite, $"epoch {epoch}, step {state.Step + 1}: loss {Text(tally.Loss / tally.Weight)}, gradient norm {Text(norm)}; lower the learning rate or clip the gradient");
                    break;
                }

                greatestNorm = Math.Max(greatestNorm, norm);
                var clip = options.GradientClip > 0 ? Math.Min(1, options.GradientClip / (norm + 1e-6)) : 1;
                state.Update(gradients, (float)(clip / tally.Weight), learningRate);
                pass.ParametersChanged(parameters);
            }

            if (stop.Reason == StopReason.NotFinite)
            {
                break;
            }

            var classCounts = new long[shape.Outputs];
            var validation = Evaluate(set, lossWeights, network, pass, loss, classCounts, cancellation);
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

        GC.KeepAlive(network);
        return new TrainingOutcome(state.Best, state.History, state.BestEpoch, stop.Reason, stop.Message, state.Best.WeightsHash(), state.BestClassCounts);
    }

    /// <summary>Loss and accuracy on the validation rows, without dropout.</summary>
    private static LossTally Evaluate(TrainingSet set, float[] lossWeights, Network network, GradientPass pass, in LossFunction loss, long[] classCounts, CancellationToken cancellation)
    {
        var tally = default(LossTally);
        fixed (long* counts = classCounts)
        {
            for (var first = 0; first < set.ValidationRows.Length; first += pass.TileRows)
            {
                cancellation.ThrowIfCancellationRequested();
                pass.LoadRows(set, lossWeights, set.ValidationRows.AsSpan(first, Math.Min(pass.TileRows, set.ValidationRows.Length - first)));
                pass.Infer(network.Parameters.Pointer);
                pass.Loss(loss, ref tally, counts);
            }
        }

        return tally;
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

    /// <summary>What there is of <paramref name="count"/> rows from <paramref name="start"/> on.</summary>
    private static ReadOnlySpan<int> Part(int[] order, int start, int count)
        => start >= order.Length ? [] : order.AsSpan(start, Math.Min(count, order.Length - start));

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
