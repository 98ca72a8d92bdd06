using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.Worker.Backtesting;
using Ktrdr.Worker.MarketData;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Sweeps;

/// <summary>Trains and backtests some variants of a sweep, as many at a time as there are cores, on bars, indicators and trainings that they share.</summary>
internal sealed class SweepPartHandler(BarSource source) : IOperationHandler
{
    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<SweepPartRequest>();
        var sweep = request.Sweep;
        context.Report(new OperationProgress(1, "reading the strategy and bars"));
        var stored = await context.CallAsync((api, token) => api.GetStrategyAsync(sweep.Strategy, null, token)).ConfigureAwait(false);
        var pinned = await RunMarket.ReadAsync(source, context, sweep.Dataset, sweep.MoreDatasets).ConfigureAwait(false);
        var variants = await context.ComputeAsync(() => Run(context, request, StrategyReader.Parse(stored.Document, lenient: true), pinned)).ConfigureAwait(false);
        var result = new SweepPartResult { From = request.From, To = request.To, Variants = variants };
        context.Report(new OperationProgress(100, "finished"));
        return OperationOutcome.Of(result, ResultHash.Of(result with { Variants = [.. variants.Select(Comparable)] }));
    }

    private static List<SweepVariant> Run(OperationContext context, SweepPartRequest request, StrategyDocument document, RunMarket pinned)
    {
        var sweep = request.Sweep;
        var grid = new StrategyGrid(document, [.. sweep.Parameters.Select(p => new GridAxis(p.Path, p.Values))], sweep.Sample, unchecked((ulong)sweep.Seed));
        var (start, end) = (sweep.Start ?? document.TrainingData.StartDate, sweep.End ?? document.TrainingData.EndDate);
        var (trainFirst, trainEnd) = pinned.Pinned.Range(DataWindows.Train, start, end);
        var (testFirst, testEnd) = pinned.Pinned.Range(sweep.Window, null, null);
        if (testFirst < trainEnd)
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, $"end is {end:O}, inside the {sweep.Window} window; allowed: a training that ends before it.");
        }

        var times = pinned.Pinned.Bars.Times;
        var run = new SweepRun(
            pinned.Before(document, TrainingJob.EndOf(pinned.Pinned, testEnd)), (times[trainFirst], times[trainEnd]), (times[testFirst], TrainingJob.EndOf(pinned.Pinned, testEnd)),
            [unchecked((ulong)sweep.Seed)], sweep.Epochs, variant => BacktestOptions.From(variant).With(sweep.InitialCapital, sweep.Commission, sweep.Slippage));

        // What an earlier attempt finished stands: a variant depends on nothing but itself.
        var done = new SortedDictionary<int, SweepVariant>();
        foreach (var finished in context.Checkpoint is { } bytes ? JsonSerializer.Deserialize<List<SweepVariant>>(bytes.Span, KtrdrJson.Options)! : [])
        {
            done[finished.Number] = finished;
        }

        var variants = new List<StrategyVariant>();
        foreach (var number in Enumerable.Range(request.From, request.To - request.From).Where(n => !done.ContainsKey(n)))
        {
            try
            {
                variants.Add(grid.At(number));
            }
            catch (InvalidInputException refused)
            {
                done[number] = Describe(number, grid.ValuesOf(number), null) with { Failure = Reason(refused) };
            }
        }

        run.RunAll(
            [.. variants.Select(v => v.Document)], Environment.ProcessorCount,
            (place, outcome, refused) =>
            {
                var variant = variants[place];
                SweepMetrics.Tried(outcome is not null);
                var described = Describe(variant.Number, variant.Values, StrategyHash.Of(variant.Document));
                done[variant.Number] = outcome is null ? described with { Failure = Reason(refused!) } : Measured(described, outcome);
                SweepVariant[] finished = [.. done.Values];
                context.OfferCheckpoint(() => JsonSerializer.SerializeToUtf8Bytes(finished, KtrdrJson.Options), $"{finished.Length} variants");
                context.Report(new OperationProgress(2 + (97.0 * done.Count / (request.To - request.From)), $"variant {variant.Number}") { ItemsDone = done.Count, ItemsTotal = request.To - request.From });
            },
            context.Cancellation);
        return [.. done.Values];
    }

    private static SweepVariant Measured(SweepVariant variant, VariantOutcome outcome) => variant with
    {
        WeightsHash = outcome.Trained.PrimarySeed.Network.WeightsHash(),
        ValidationLoss = outcome.Trained.PrimarySeed.ValidationLoss,
        Metrics = BacktestReport.Metrics(outcome.Backtest.Headline.Result),
        TrialSharpe = outcome.Backtest.Daily.Sharpe,
        SharpeAtDoubleCosts = outcome.SharpeAtDoubleCosts,
        DailyReturns = BacktestReport.Daily(outcome.Backtest.Daily),
        Proof = ProofRecord.Of(outcome.Proof),
    };

    /// <summary>As parts of earlier versions were hashed: without what the counts of a proof say once more, in names and in words.</summary>
    private static SweepVariant Comparable(SweepVariant variant) => variant.Proof is { } proof ? variant with { Proof = proof with { Symbols = null, Summary = null } } : variant;

    /// <summary>A variant that cannot be read, trained or run is a failed trial, not a failed sweep.</summary>
    private static string Reason(InvalidInputException refused) => refused.Problems.Count > 0 ? refused.Problems[0].Message : refused.Message;

    private static SweepVariant Describe(int number, IReadOnlyList<KeyValuePair<string, JsonElement>> values, string? hash) => new()
    {
        Number = number,
        Values = new SortedDictionary<string, JsonElement>(values.ToDictionary(v => v.Key, v => v.Value), StringComparer.Ordinal),
        StrategyHash = hash,
    };
}
