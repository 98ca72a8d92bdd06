using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Worker.Backtesting;

/// <summary>Everything that a finished backtest is reported from.</summary>
internal sealed record FinishedBacktest(
    BacktestRequest Request, Tested Tested, DatasetVersion Dataset, BacktestRun Run, RunStatistics Statistics, double? SharpeAtDoubleCosts, double? SharpeAtTripleCosts, LookaheadReport Proof);

/// <summary>Writes a run of the engine as the wire's record.</summary>
internal static class BacktestReport
{
    public static Contracts.Backtests.BacktestResult Of(FinishedBacktest finished)
    {
        var window = finished.Dataset.WindowOf(finished.Request.Window, finished.Request.End);
        var verdict = Judge(finished, window);
        var (run, tested) = (finished.Run, finished.Tested);
        var reasons = tested.Reasons(run);
        var (result, bars) = (run.Headline.Result, run.Market.Primary);
        return new Contracts.Backtests.BacktestResult
        {
            Model = tested.Models[0].Stored.Id,
            Members = tested.Members,
            StrategyName = tested.Name,
            StrategyHash = tested.StrategyHash,
            Dataset = finished.Dataset.Id,
            Symbol = result.Symbol,
            Timeframe = finished.Dataset.Timeframe,
            Window = window,
            Start = Time(result.Times[0]),
            End = Time(bars.AvailableAt(bars.Count - 1)),
            Bars = result.Equity.Length,
            Seed = unchecked((long)run.Headline.Seed),
            EngineVersion = EngineBuild.Version,
            InitialCapital = run.Options.InitialCapital,
            Commission = run.Options.CommissionRate,
            Slippage = run.Options.Slippage,
            Metrics = Metrics(result),
            TrialSharpe = run.Daily.Sharpe,
            SharpeAtDoubleCosts = finished.SharpeAtDoubleCosts,
            SharpeAtTripleCosts = finished.SharpeAtTripleCosts,
            BuyAndHoldSharpe = finished.Statistics.BuyAndHold.Sharpe,
            TradeListHash = result.TradeListHash,
            ProvisionalVerdict = KtrdrJson.Word(verdict.Verdict),
            ProvisionalReasons = finished.Proof.CutPoints.Count > 0 ? verdict.Reasons : [.. verdict.Reasons, finished.Proof.Summary],
            HoldReasons = HoldReasons(result.Decisions),
            RejectedOrders = Rejections(result),
            Leaks = [.. finished.Proof.Leaks.Select(l => l.ToString())],
            Proof = ProofRecord.Of(finished.Proof),
            Seeds = [.. run.Seeds.Select(s => new SeedBacktest(
                unchecked((long)s.Seed), s.Result.Metrics.TotalReturn, s.Result.Metrics.DailySharpe, s.Result.Metrics.MaxDrawdown, s.Result.Metrics.Trades, s.Result.TradeListHash))],
            Statistics = StatisticsRecord.Of(finished.Statistics),
            Trades = [.. result.Trades.Select((trade, i) => Trade(trade, i, result.Symbols, reasons[i]))],
            Orders = Orders(result, run.Headline.Symbols),
            Equity = EquityCurve.Of(result, run.Headline.Symbols),
            DailyReturns = Daily(run.Daily),
        };
    }

    internal static IReadOnlyList<DailyReturn> Daily(DailyReturns daily) => [.. daily.Days.Zip(daily.Returns, (day, value) => new DailyReturn(UtcDay.DateOf(day), value))];

    /// <summary>What the rules say of this run alone; the ledger's count of everything tried comes with the campaign's statistics.</summary>
    private static TrialVerdict Judge(FinishedBacktest finished, string window)
    {
        var evidence = new TrialEvidence
        {
            Experiment = 1,
            Key = new TrialKey(finished.Tested.StrategyHash, finished.Dataset.Id, window),
            Status = TrialStatus.Completed,
            Daily = finished.Run.Daily,
            Trades = finished.Run.Headline.Result.Trades.Count,
            StressedSharpe = finished.SharpeAtDoubleCosts,
        };
        return CampaignStatistics.Provisional([evidence], [], VerdictRules.Default)[0];
    }

    internal static Contracts.Backtests.BacktestMetrics Metrics(Engine.Backtesting.BacktestResult result)
    {
        var measured = result.Metrics;
        return new Contracts.Backtests.BacktestMetrics
        {
            TotalReturn = measured.TotalReturn,
            AnnualReturn = measured.AnnualReturn,
            Volatility = measured.Volatility,
            Sharpe = measured.DailySharpe,
            Sortino = measured.Sortino,
            Calmar = measured.Calmar,
            MaxDrawdown = measured.MaxDrawdown,
            MaxDrawdownBars = measured.MaxDrawdownBars,
            Trades = measured.Trades,
            WinRate = measured.WinRate,
            ProfitFactor = measured.ProfitFactor,
            Expectancy = measured.Expectancy,
            Exposure = measured.Exposure,
            Turnover = measured.Turnover,
            CostsPaid = measured.CostsPaid,
            TailRatio = measured.TailRatio,
            Skew = measured.Skew,
            Kurtosis = measured.Kurtosis,
            NetTStatistic = measured.NetTStatistic,
            FinalEquity = result.Equity[^1],
        };
    }

    private static Contracts.Backtests.Trade Trade(Engine.Backtesting.Trade trade, int index, IReadOnlyList<string> symbols, string reason) => new()
    {
        Number = index + 1,
        Side = KtrdrJson.Word(trade.Side),
        Quantity = trade.Quantity,
        EntryTime = Time(trade.EntryTime),
        EntryPrice = trade.EntryPrice,
        ExitTime = Time(trade.ExitTime),
        ExitPrice = trade.ExitPrice,
        BarsHeld = trade.BarsHeld,
        GrossPnl = trade.GrossPnl,
        Commission = trade.EntryCommission + trade.ExitCommission,
        Slippage = trade.SlippageCost + trade.SpreadCost,
        Financing = trade.Financing,
        NetPnl = trade.NetPnl,
        MaxFavourable = trade.MaximumFavorableExcursion,
        MaxAdverse = trade.MaximumAdverseExcursion,
        ExitReason = KtrdrJson.Word(trade.ExitReason),
        Confidence = trade.EntryReason.Confidence,
        Symbol = symbols[trade.Symbol],
        Reason = reason,
    };

    private static Dictionary<string, int> HoldReasons(DecisionCounts counts) => new()
    {
        ["predicted"] = checked((int)counts.Predicted),
        ["below_confidence"] = checked((int)counts.BelowConfidence),
        ["too_soon"] = checked((int)counts.TooSoon),
        ["position_held"] = checked((int)counts.PositionHeld),
        ["shorts_off"] = checked((int)counts.ShortsOff),
        ["not_ready"] = checked((int)counts.NotReady),
        ["not_finite"] = checked((int)counts.NotFinite),
        ["regime_flat"] = checked((int)counts.RegimeFlat),
    };

    /// <summary>Executed orders are in the order of the fills.</summary>
    private static List<BacktestOrder> Orders(Engine.Backtesting.BacktestResult result, IReadOnlyList<SymbolRun> symbols)
    {
        var orders = new List<BacktestOrder>(result.Orders.Count);
        var fills = 0;
        foreach (var order in result.Orders)
        {
            var described = new BacktestOrder
            {
                Number = orders.Count + 1,
                Symbol = result.Symbols[order.Symbol],
                Time = Time(symbols[order.Symbol].Bars.Times[order.Bar]),
                Side = KtrdrJson.Word(order.Side),
                Reason = KtrdrJson.Word(order.Reason),
                Status = KtrdrJson.Word(order.Status),
                Requested = order.Requested,
                Filled = order.Filled,
            };
            if (order.Status is OrderStatus.Filled or OrderStatus.Reduced)
            {
                var fill = result.Fills[fills++];
                described = described with
                {
                    Time = Time(fill.Time),
                    MarketPrice = fill.MarketPrice,
                    Price = fill.Price,
                    Commission = fill.Commission,
                    Slippage = fill.SlippageCost + fill.SpreadCost,
                    CashAfter = fill.CashAfter,
                };
            }

            orders.Add(described);
        }

        return orders;
    }

    private static SortedDictionary<string, int> Rejections(Engine.Backtesting.BacktestResult result) =>
        new(result.Rejected.GroupBy(r => KtrdrJson.Word(r.Cause)).ToDictionary(g => g.Key, g => g.Count()), StringComparer.Ordinal);

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
