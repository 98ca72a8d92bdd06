using System.Diagnostics;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Statistics;
using Ktrdr.Worker.MarketData;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Backtesting;

/// <summary>Runs a stored model, or an ensemble of stored models, over a window of a dataset: features with all history before it, decisions, fills, costs, statistics, and the proof that nothing saw the future.</summary>
internal sealed class BacktestHandler(BarSource source) : IOperationHandler
{
    /// <summary>Cut points of each symbol in the future-perturbation proof that every backtest carries.</summary>
    private const int ProofCutPoints = 4;

    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<BacktestRequest>();
        context.Report(new OperationProgress(2, "reading the model"));
        var tested = await Tested.ReadAsync(context, request).ConfigureAwait(false);
        context.Report(new OperationProgress(10, "reading bars"));
        var pinned = await RunMarket.ReadAsync(source, context, request.Dataset ?? tested.Models[0].Stored.Training.Dataset, request.MoreDatasets).ConfigureAwait(false);
        var result = await context.ComputeAsync(() => Run(context, request, tested, pinned)).ConfigureAwait(false);
        context.Report(new OperationProgress(100, "finished"));

        // The models' ids are drawn, their weights are not; what was tried to catch it is no part of what was computed.
        return OperationOutcome.Of(result, ResultHash.Of(result with { Model = tested.WeightsHash, Proof = null, Members = [.. result.Members.Select(m => m with { Model = "" })] }));
    }

    private static Contracts.Backtests.BacktestResult Run(OperationContext context, BacktestRequest request, Tested tested, RunMarket pinned)
    {
        var (first, end) = pinned.Pinned.Range(request.Window, request.Start, request.End);
        foreach (var model in tested.Models)
        {
            model.CheckUnseen(request.Window, pinned.Pinned.Bars, first, end);
            model.CheckFeatures();
        }

        // What lies after the window does not exist for this run; what lies before it is the indicators' history.
        var market = pinned.Before(tested.Strategies, TrainingJob.EndOf(pinned.Pinned, end));
        var options = Options(request, tested);

        context.Report(new OperationProgress(20, $"deciding and filling {end - first} bars") { ItemsTotal = end - first });
        var began = Stopwatch.GetTimestamp();
        var run = tested.Run(market, pinned.Pinned.Bars.Times[first], options, context.Cancellation);
        BacktestMetrics.Ran(run.Market.Symbols.Zip(run.Starts, (bars, start) => (long)bars.Count - start).Sum(), Stopwatch.GetElapsedTime(began));

        context.Report(new OperationProgress(50, "weighing the result against chance"));
        var seed = run.Headline.Seed;
        var statistics = RunStatistics.Of(run.Headline.Result, run.Headline.Symbols, run.Options, seed, new RunStatisticsOptions { MaxThreads = Environment.ProcessorCount }, context.Cancellation).With([.. run.SeedParts, .. tested.FoldParts]);

        context.Report(new OperationProgress(75, "proving that no node sees the future"));
        var proof = RunProof.RequireTried(ProofRecord.RequireNone(tested.Prove(run, ProofCutPoints, seed)), run);
        return BacktestReport.Of(new FinishedBacktest(request, tested, pinned.Dataset, run, statistics, AtCosts(2), AtCosts(3), proof));

        double? AtCosts(double multiple) => run.DailyAtCosts(multiple, statistics.CostStress, context.Cancellation).Sharpe;
    }

    private static BacktestOptions Options(BacktestRequest request, Tested tested)
    {
        var options = tested.Options().With(request.InitialCapital, request.Commission, request.Slippage);
        options.Validate();
        return options;
    }
}
