using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Worker.MarketData;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Backtesting;

/// <summary>Runs a stored model over a window of a dataset: features with all history before it, decisions, fills, costs, and what the same decisions give at higher costs.</summary>
internal sealed class BacktestHandler(BarSource source) : IOperationHandler
{
    /// <summary>Cut points of the future-perturbation proof that every backtest carries.</summary>
    private const int ProofCutPoints = 4;

    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<BacktestRequest>();
        if (request.Model is not { } modelId)
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, "model is not set; allowed: the id of a stored model.");
        }

        context.Report(new OperationProgress(2, "reading the model"));
        var model = await TrainedModel.ReadAsync(context, modelId).ConfigureAwait(false);
        context.Report(new OperationProgress(10, "reading bars"));
        var pinned = await source.ReadAsync(context, request.Dataset ?? model.Stored.Training.Dataset).ConfigureAwait(false);
        try
        {
            var result = await context.ComputeAsync(() => Run(context, request, model, pinned)).ConfigureAwait(false);
            context.Report(new OperationProgress(100, "finished"));

            // The model's id is drawn, its weights are not.
            return OperationOutcome.Of(result, ResultHash.Of(result with { Model = model.Stored.Training.WeightsHash }));
        }
        catch (InvalidInputException refused)
        {
            throw EngineFailures.Of(refused);
        }
    }

    private static Contracts.Backtests.BacktestResult Run(OperationContext context, BacktestRequest request, TrainedModel model, PinnedBars pinned)
    {
        var (start, end) = pinned.Range(request.Window, request.Start, request.End);

        model.CheckUnseen(request.Window, pinned.Bars, start, end);

        // What lies after the window does not exist for this run; what lies before it is the indicators' history.
        var bars = pinned.Bars.Slice(0, end);
        var timeframe = bars.Timeframe.Name;
        var series = StrategyBars.Of(model.Strategy, bars);
        var options = Options(request, model);

        context.Report(new OperationProgress(20, $"computing {model.Manifest.Features.Count} features over {bars.Count} bars"));
        var features = model.Normalization.Apply(FeaturePipeline.Build(model.Strategy, series, timeframe));
        model.CheckFeatures(features);
        context.Cancellation.ThrowIfCancellationRequested();

        context.Report(new OperationProgress(40, $"deciding {end - start} bars") { ItemsTotal = end - start });
        var function = new DecisionFunction(model.Strategy.Decisions);
        var decisions = new ModelDecisions(function, model.Predict(features, start, end, function.OutputCount), features.IsReady);

        context.Report(new OperationProgress(50, $"filling orders over {end - start} bars") { ItemsTotal = end - start });
        var run = Backtester.Run(bars, start, end, decisions, options, context.Cancellation);
        var stress = new[] { 2, 3 }.Select(multiple => Backtester.Run(bars, start, end, decisions, options with { CostMultiplier = multiple }, context.Cancellation).Metrics.DailySharpe).ToArray();
        var hold = BenchmarkRuns.BuyAndHold(bars, start, end, options, context.Cancellation);

        context.Report(new OperationProgress(75, "proving that no feature sees the future"));
        var seed = unchecked((ulong)model.Stored.Training.Seed);
        var leaks = PerturbationProof.Check(model.Strategy, series, timeframe, PerturbationProof.SampleCutPoints(bars.Count, ProofCutPoints, seed), seed);

        RequireNone(leaks);
        return BacktestReport.Of(new BacktestRun(request, model, pinned.Dataset, bars, start, end, options, run, stress[0], stress[1], hold.Metrics.DailySharpe, leaks));
    }

    /// <summary>A run that saw the future is evidence of nothing and must not stand in the ledger as if it were.</summary>
    /// <exception cref="OperationFailedException">There is a leak; it names the node.</exception>
    internal static void RequireNone(IReadOnlyList<Leak> leaks)
    {
        if (leaks.Count > 0)
        {
            throw new OperationFailedException("look_ahead", string.Join(" ", leaks.Select(l => l.ToString())));
        }
    }

    private static BacktestOptions Options(BacktestRequest request, TrainedModel model)
    {
        var asked = BacktestOptions.From(model.Strategy);
        var options = asked with
        {
            InitialCapital = request.InitialCapital,
            CommissionRate = request.Commission ?? asked.CommissionRate,
            Slippage = request.Slippage ?? asked.Slippage,
        };
        options.Validate();
        return options;
    }
}
