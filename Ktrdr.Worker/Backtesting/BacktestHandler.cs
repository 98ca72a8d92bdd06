using System.Globalization;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Statistics;
using Ktrdr.Worker.MarketData;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Backtesting;

/// <summary>Runs a stored model over a window of a dataset: features with all history before it, decisions, fills, costs, statistics, and the proof that nothing saw the future.</summary>
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
        var pinned = await RunMarket.ReadAsync(source, context, request.Dataset ?? model.Stored.Training.Dataset, request.MoreDatasets).ConfigureAwait(false);
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

    private static Contracts.Backtests.BacktestResult Run(OperationContext context, BacktestRequest request, TrainedModel model, RunMarket pinned)
    {
        var (first, end) = pinned.Pinned.Range(request.Window, request.Start, request.End);
        model.CheckUnseen(request.Window, pinned.Pinned.Bars, first, end);
        model.CheckFeatures();

        // What lies after the window does not exist for this run; what lies before it is the indicators' history.
        var market = pinned.Before(model.Trained.Strategy, TrainingJob.EndOf(pinned.Pinned, end));
        var options = Options(request, model);

        context.Report(new OperationProgress(20, $"deciding and filling {end - first} bars") { ItemsTotal = end - first });
        var run = BacktestRun.Of(model.Trained, market, pinned.Pinned.Bars.Times[first], options, cancellation: context.Cancellation);

        context.Report(new OperationProgress(50, "weighing the result against chance"));
        var seed = run.Headline.Seed;
        var statistics = RunStatistics.Of(run.Headline.Result, run.Headline.Symbols, options, seed, new RunStatisticsOptions { MaxThreads = Environment.ProcessorCount }, context.Cancellation);

        context.Report(new OperationProgress(75, "proving that no node sees the future"));
        var leaks = Prove(model.Trained, market, run.Start, options, seed);
        RequireNone(leaks);
        return BacktestReport.Of(new FinishedBacktest(request, model, pinned.Dataset, run, statistics, run.DailyAtCosts(2, context.Cancellation).Sharpe, run.DailyAtCosts(3, context.Cancellation).Sharpe, leaks, Reasons(model.Trained, run)));
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

    private static Func<Engine.Backtesting.Trade, string> Reasons(TrainedStrategy trained, BacktestRun run)
    {
        var timeframe = run.Market.Primary.Timeframe.Name;
        var factors = run.Headline.Symbols.Select(s => new EntryFactors(trained, run.Market.InputsOf(trained.Strategy, IndexOf(run.Market, s.Bars)), timeframe, run.Primary)).ToArray();
        return trade => string.Join("; ", factors[trade.Symbol].Of(trade.DecisionBar, trade.Side).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name} {f.Weight:+0.####;-0.####}")));
    }

    private static int IndexOf(MarketView market, BarSeries bars) => Enumerable.Range(0, market.Symbols.Count).First(s => ReferenceEquals(market.Symbols[s], bars));

    private static IReadOnlyList<Leak> Prove(TrainedStrategy trained, MarketView market, int start, BacktestOptions options, ulong seed)
    {
        var timeframe = market.Primary.Timeframe.Name;
        var proof = new StrategyProof(trained.Strategy, timeframe)
        {
            Model = features => Answer(trained, features),
            Normalization = trained.Normalization,
            Options = options,
            Start = start,
        };

        // Wider timeframes are made anew of the changed bars, so that the resampling is under proof too.
        var changed = new FeatureInputs(new Dictionary<string, BarSeries>(StringComparer.Ordinal) { [timeframe] = market.Primary }) { Context = market.Context };
        return PerturbationProof.Check(
            changed, timeframe, PerturbationProof.SampleCutPoints(start, market.Primary.Count, ProofCutPoints, seed), seed,
            given => proof.Nodes(new FeatureInputs(MarketView.Timeframes(trained.Strategy, given.Bars[timeframe])) { Context = given.Context }));
    }

    private static ModelAnswer Answer(TrainedStrategy trained, FeatureMatrix features)
    {
        var network = trained.PrimarySeed.Network;
        var outputs = new float[features.Rows * network.Shape.Outputs];
        var first = trained.SequenceLength - 1;
        if (features.Rows > first)
        {
            network.Predict(features.Values, first, features.Rows - first, outputs.AsSpan(first * network.Shape.Outputs));
        }

        return new ModelAnswer(outputs, new ModelDecisions(new DecisionFunction(trained.Strategy.Decisions), outputs, features.WindowReady(trained.SequenceLength)));
    }

    private static BacktestOptions Options(BacktestRequest request, TrainedModel model)
    {
        var asked = BacktestOptions.From(model.Trained.Strategy);
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
