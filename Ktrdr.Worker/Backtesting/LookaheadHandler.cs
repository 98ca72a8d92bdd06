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

/// <summary>Changes the future of the bars of every symbol that a strategy names, and names every node that notices. A pure function of its request.</summary>
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
        var symbols = SymbolsOf(document, pinned);

        // Per symbol once for the network that stands in, once unchanged, twice per cut point.
        var (done, passes) = (0, symbols.Count(s => s.Market is not null) * (2 + (2 * request.CutPoints)));
        IReadOnlyDictionary<string, BarSeries> Widen(BarSeries bars)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            context.Report(new OperationProgress(Math.Min(99, 5 + (95.0 * done / passes)), $"changing the future of {bars.Symbol}") { ItemsDone = done++, ItemsTotal = passes });
            return MarketView.Timeframes(document, bars);
        }

        var report = LookaheadReport.OfEach([.. symbols.Select(s => (
            s.Symbol,
            s.Market is { } market ? () => LookaheadReport.Of(document, market.Primary, market.Context, Widen, request.CutPoints, unchecked((ulong)request.Seed)) : (Func<LookaheadReport>?)null,
            s.NotTried))]);
        string[] read = [.. document.Inputs.SelectMany(input => input.Timeframes).Prepend(pinned.Dataset.Timeframe).Distinct()];
        LookaheadSymbol[] tried = [.. symbols.Zip(report.Symbols, (symbol, found) => new LookaheadSymbol(
            symbol.Symbol, pinned.Dataset.Timeframe, found.CutPoints.Count > 0 ? read : [], symbol.Dataset, symbol.Market?.Primary.Count ?? 0, found.CutPoints, found.NotTried))];
        return new LookaheadResult
        {
            StrategyName = document.Name,
            StrategyHash = StrategyHash.Of(document),
            Dataset = pinned.Dataset.Id,
            Symbol = pinned.Dataset.Symbol,
            Timeframe = pinned.Dataset.Timeframe,
            Bars = tried.Where(s => s.NotTried is null).Sum(s => s.Bars),
            CutPoints = report.CutPoints,
            Nodes = [.. report.Nodes.Select(n => new LookaheadNode(NameOf(n.Kind), n.Node, n.Timeframe, n.Values))],
            Leaks = [.. report.Leaks.Select(l => new LookaheadLeak(NameOf(l.Kind), l.Node, l.Timeframe, l.Index, l.CutPoint, l.ToString()))],
            Symbols = tried,
            UnreadTimeframes = [.. document.TrainingData.Timeframes.Except(read)],
            Summary = report.Summary,
        };
    }

    /// <summary>Every symbol that the strategy names with its bars, or why it has none. Bars of another symbol stand alone.</summary>
    private static IReadOnlyList<Checked> SymbolsOf(StrategyDocument document, RunMarket pinned)
    {
        var named = document.TrainingData.Symbols;
        if (!named.Contains(pinned.Dataset.Symbol))
        {
            return [Of(pinned.Dataset.Symbol), .. named.Select(symbol => new Checked(symbol, null, null, $"the check was asked for {pinned.Dataset.Symbol} alone"))];
        }

        return [.. named.Select(Of)];

        Checked Of(string symbol)
        {
            if (pinned.Find(symbol, pinned.Dataset.Timeframe) is not { } bars)
            {
                return new Checked(symbol, null, null, $"there is no data of it in {pinned.Dataset.Timeframe}");
            }

            var market = pinned.Alone(document, bars);
            return market.Primary.Count == 0
                ? new Checked(symbol, null, bars.Dataset.Id, "none of its bars comes before a seal")
                : new Checked(symbol, market, bars.Dataset.Id, null);
        }
    }

    /// <param name="Market">Null where there is nothing to change; then <paramref name="NotTried"/> says why.</param>
    /// <param name="Dataset">Version of the bars.</param>
    private sealed record Checked(string Symbol, MarketView? Market, string? Dataset, string? NotTried);

    private static string NameOf(LeakKind kind) => KtrdrJson.Word(kind);
}
