using System.Diagnostics;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine;
using Ktrdr.Engine.Learning;
using Ktrdr.Worker.MarketData;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker.Training;

/// <summary>Trains a strategy's network on the train window of a dataset and stores the model's three files.</summary>
internal sealed class TrainingHandler(BarSource source) : IOperationHandler
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<TrainingRequest>();
        if (request.Backend != "simd")
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, $"backend is '{request.Backend}'; allowed on this worker: simd.");
        }

        context.Report(new OperationProgress(1, "reading the strategy"));
        var strategy = await context.CallAsync((api, token) => api.GetStrategyAsync(request.Strategy, null, token)).ConfigureAwait(false);
        context.Report(new OperationProgress(2, "reading bars"));
        var pinned = await source.ReadAsync(context, request.Dataset).ConfigureAwait(false);
        try
        {
            var (plan, outcome) = await context.ComputeAsync(() => Train(context, request, strategy, pinned)).ConfigureAwait(false);
            context.Report(new OperationProgress(98, "storing the model"));
            var files = ModelFiles.Of(plan, outcome);
            var result = TrainingReport.Of(plan, outcome, files);
            foreach (var file in new[] { files.Manifest, files.Weights, files.Strategy })
            {
                await context.CallAsync((api, token) => api.StoreArtifactAsync(file, token)).ConfigureAwait(false);
            }

            context.Report(new OperationProgress(100, outcome.StopMessage));
            return OperationOutcome.Of(result, ResultHash.Of(result));
        }
        catch (InvalidInputException refused)
        {
            throw EngineFailures.Of(refused);
        }
    }

    private static (TrainingPlan Plan, TrainingOutcome Outcome) Train(OperationContext context, TrainingRequest request, StrategyVersion strategy, PinnedBars pinned)
    {
        context.Report(new OperationProgress(4, "computing features and labels"));
        var plan = TrainingPlan.Of(request, strategy, pinned);
        context.Cancellation.ThrowIfCancellationRequested();

        var epochs = new EpochReports(context, plan.Options, plan.Split.Train.Length, ProgressInterval);
        var outcome = plan.Train(Resume(context), epochs.OnEpoch, context.Cancellation);
        if (outcome.BestEpoch == 0)
        {
            throw new OperationFailedException("training_diverged", $"the training gave no usable epoch: {outcome.StopMessage}.") { Suggestion = "lower training.learning_rate, or clip the gradient with training.gradient_clip" };
        }

        return (plan, outcome);
    }

    private static TrainerCheckpoint? Resume(OperationContext context)
        => context.Checkpoint is { } bytes ? TrainerCheckpoint.FromBytes(bytes.Span) : null;

    /// <summary>Tells the host about every epoch: metrics always, progress at most a few times a second, and a state to go on from.</summary>
    private sealed class EpochReports(OperationContext context, TrainerOptions options, int trainRows, TimeSpan interval)
    {
        private readonly long _began = Stopwatch.GetTimestamp();
        private long _reported;
        private int _epochsHere;

        public void OnEpoch(EpochReport epoch, Func<TrainerCheckpoint> checkpoint)
        {
            _epochsHere++;
            context.ReportMetric("train_loss", epoch.Epoch, epoch.TrainLoss);
            context.ReportMetric("validation_loss", epoch.Epoch, epoch.ValidationLoss ?? double.NaN);
            context.ReportMetric("validation_accuracy", epoch.Epoch, epoch.ValidationAccuracy ?? double.NaN);
            context.OfferCheckpoint(() => checkpoint().ToBytes(), $"epoch {epoch.Epoch}");
            if (_reported != 0 && Stopwatch.GetElapsedTime(_reported) < interval && epoch.Epoch < options.Epochs)
            {
                return;
            }

            _reported = Stopwatch.GetTimestamp();
            var seconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
            var figures = new Dictionary<string, double> { ["train_loss"] = epoch.TrainLoss };
            if (epoch.ValidationLoss is { } loss)
            {
                figures["validation_loss"] = loss;
            }

            context.Report(new OperationProgress(5 + (92.0 * epoch.Epoch / options.Epochs), $"epoch {epoch.Epoch} of at most {options.Epochs}")
            {
                ItemsDone = epoch.Epoch,
                ItemsTotal = options.Epochs,
                CurrentItem = $"epoch {epoch.Epoch}",
                Rate = (double)_epochsHere * trainRows / seconds,
                EtaSeconds = seconds / _epochsHere * (options.Epochs - epoch.Epoch),
                Context = figures,
            });
        }
    }
}
