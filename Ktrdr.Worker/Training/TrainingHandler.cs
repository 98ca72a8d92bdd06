using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.Worker.Backtesting;
using Ktrdr.Worker.MarketData;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker.Training;

/// <summary>Trains a strategy's networks on the train window of a dataset, one per seed, and stores the model's files.</summary>
internal sealed class TrainingHandler(BarSource source) : IOperationHandler
{
    /// <summary>Where the training of the kept networks ends on the scale of progress; folds take the rest.</summary>
    private const double TrainedPercent = 97;
    private const double TrainedBeforeFolds = 40;

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
        var pinned = await RunMarket.ReadAsync(source, context, request.Dataset, request.MoreDatasets).ConfigureAwait(false);
        var finished = await context.ComputeAsync(() => Train(context, request, strategy, pinned)).ConfigureAwait(false);
        context.Report(new OperationProgress(98, "storing the model"));
        foreach (var file in finished.Artifacts)
        {
            await context.CallAsync((api, token) => api.StoreArtifactAsync(file, token)).ConfigureAwait(false);
        }

        var result = TrainingReport.Of(finished);
        context.Report(new OperationProgress(100, finished.Outcome.Outcomes[finished.Trained.Primary].StopMessage));

        // What was tried to catch it is no part of what was computed.
        return OperationOutcome.Of(result, ResultHash.Of(result with { Proof = null }));
    }

    private static FinishedTraining Train(OperationContext context, TrainingRequest request, StrategyVersion strategy, RunMarket pinned)
    {
        context.Report(new OperationProgress(4, "computing features and labels"));
        var job = TrainingJob.Of(request, strategy, pinned);
        context.Cancellation.ThrowIfCancellationRequested();

        var validation = request.Purpose == RunPurposes.Ablation ? null : job.Run.Strategy.Validation;
        var withFolds = validation is { Scheme: not ValidationScheme.Holdout };
        var resume = context.Checkpoint is { } bytes ? TrainingCheckpoint.FromBytes(bytes.Span) : null;
        var epochs = new EpochReports(context, job.Run, resume?.Kept, withFolds ? TrainedBeforeFolds : TrainedPercent);
        var outcome = job.Run.Train(Environment.ProcessorCount, resume?.Kept, epochs.OnEpoch, context.Cancellation);
        epochs.Finished();
        var trained = job.Run.Trained(outcome);
        var folds = withFolds
            ? new FoldRun(job.Run.Strategy, job.Market, job.Table, job.Run.Seeds, request.Epochs, BacktestOptions.From(job.Run.Strategy)).Run(
                Environment.ProcessorCount,
                (done, all) => context.Report(new OperationProgress(TrainedBeforeFolds + ((TrainedPercent - TrainedBeforeFolds) * done / all), $"fold {done} of {all}") { ItemsDone = done, ItemsTotal = all }),
                resume?.Folds, state => context.OfferCheckpoint(new TrainingCheckpoint(epochs.Latest!, state).ToBytes, StepOf(state)), context.Cancellation)
            : [];
        context.Report(new OperationProgress(TrainedPercent, "proving that no node sees the future"));
        var proof = ProofRecord.RequireNone(RunProof.OfTraining(trained, job.Market, job.Start, trained.PrimarySeed.Seed, job.Indicators, folds));
        var files = outcome.Outcomes.Select((o, i) => ModelFiles.Of(job, outcome.Seeds[i], o)).ToList();
        return new FinishedTraining(
            job, trained, outcome, files, ModelFiles.StrategyOf(job), job.Run.Rules(outcome.Outcomes[trained.Primary])?.ToJson(), files[trained.Primary].ToOnnx(trained.PrimarySeed.Network), folds,
            proof);
    }

    private static string StepOf(FoldCheckpoint state) =>
        state.Current is null ? $"fold {state.Finished.Count}" : $"fold {state.Finished.Count + 1}, epoch {state.Current.Checkpoints.Max(c => c?.Epoch ?? 0)}";
}
