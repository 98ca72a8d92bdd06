using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.Worker.MarketData;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Backtesting;

/// <summary>Changes the future of a dataset's bars and names every node of a strategy that notices. A pure function of its request.</summary>
internal sealed class LookaheadHandler(BarSource source) : IOperationHandler
{
    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<LookaheadRequest>();
        context.Report(new OperationProgress(5, "reading bars"));
        var pinned = await RunMarket.ReadAsync(source, context, request.Dataset, request.MoreDatasets).ConfigureAwait(false);
        var result = await context.ComputeAsync(() => Check(context, request, pinned)).ConfigureAwait(false);
        return OperationOutcome.Of(result, ResultHash.Of(result));
    }

    private static LookaheadResult Check(OperationContext context, LookaheadRequest request, RunMarket pinned)
    {
        var document = StrategyReader.Parse(request.Document);

        var market = pinned.Before(document, pinned.Pinned.Bars.Times[^1] + 1);

        // Once for the network that stands in, once unchanged, twice per cut point.
        var (done, passes) = (0, 2 + (2 * request.CutPoints));
        var report = LookaheadReport.Of(
            document, market.Primary, market.Context,
            bars =>
            {
                context.Cancellation.ThrowIfCancellationRequested();
                context.Report(new OperationProgress(Math.Min(99, 5 + (95.0 * done / passes)), "changing the future") { ItemsDone = done++, ItemsTotal = passes });
                return MarketView.Timeframes(document, bars);
            },
            request.CutPoints, unchecked((ulong)request.Seed));
        return new LookaheadResult
        {
            StrategyName = document.Name,
            StrategyHash = StrategyHash.Of(document),
            Dataset = pinned.Dataset.Id,
            Symbol = pinned.Dataset.Symbol,
            Timeframe = pinned.Dataset.Timeframe,
            Bars = market.Primary.Count,
            CutPoints = report.CutPoints,
            Nodes = [.. report.Nodes.Select(n => new LookaheadNode(NameOf(n.Kind), n.Node, n.Timeframe, n.Values))],
            Leaks = [.. report.Leaks.Select(l => new LookaheadLeak(NameOf(l.Kind), l.Node, l.Timeframe, l.Index, l.CutPoint, l.ToString()))],
        };
    }

    private static string NameOf(LeakKind kind) => KtrdrJson.Word(kind);
}
