using System.Text.Json;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;
using Ktrdr.Worker.Training;

namespace Ktrdr.Worker.Backtesting;

/// <summary>Everything that a finished backtest is reported from.</summary>
internal sealed record BacktestRun(
    BacktestRequest Request, TrainedModel Model, DatasetVersion Dataset, BarSeries Bars, int Start, int EndExclusive, BacktestOptions Options,
    Engine.Backtesting.BacktestResult Result, double? SharpeAtDoubleCosts, double? SharpeAtTripleCosts, double? BuyAndHoldSharpe, IReadOnlyList<Leak> Leaks);

/// <summary>Writes a run of the engine as the wire's record.</summary>
internal static class BacktestReport
{
    private const string CustomWindow = "custom";

    public static Contracts.Backtests.BacktestResult Of(BacktestRun run)
    {
        var window = run.Request.Window ?? CustomWindow;
        var verdict = Judge(run, window);
        return new Contracts.Backtests.BacktestResult
        {
            Model = run.Model.Stored.Id,
            StrategyName = run.Model.Stored.Training.StrategyName,
            StrategyHash = run.Model.Stored.Training.StrategyHash,
            Dataset = run.Dataset.Id,
            Symbol = run.Dataset.Symbol,
            Timeframe = run.Dataset.Timeframe,
            Window = window,
            Start = Time(run.Bars.Times[run.Start]),
            End = Time(run.EndExclusive < run.Bars.Count ? run.Bars.Times[run.EndExclusive] : run.Bars.AvailableAt(run.EndExclusive - 1)),
            Bars = run.EndExclusive - run.Start,
            Seed = run.Model.Stored.Training.Seed,
            EngineVersion = EngineBuild.Version,
            InitialCapital = run.Options.InitialCapital,
            Commission = run.Options.CommissionRate,
            Slippage = run.Options.Slippage,
            Metrics = Metrics(run.Result),
            SharpeAtDoubleCosts = run.SharpeAtDoubleCosts,
            SharpeAtTripleCosts = run.SharpeAtTripleCosts,
            BuyAndHoldSharpe = run.BuyAndHoldSharpe,
            TradeListHash = run.Result.TradeListHash,
            ProvisionalVerdict = verdict.Verdict.ToString().ToLowerInvariant(),
            ProvisionalReasons = verdict.Reasons,
            HoldReasons = HoldReasons(run.Result.Decisions),
            Leaks = [.. run.Leaks.Select(l => l.ToString())],
            Trades = [.. run.Result.Trades.Select(Trade)],
            Equity = [.. Enumerable.Range(0, run.Result.Equity.Length).Select(i => new EquityPoint(Time(run.Bars.AvailableAt(run.Start + i)), run.Result.Equity[i], run.Result.Exposure[i]))],
            DailyReturns = [.. run.Result.Daily.Days.Zip(run.Result.Daily.Returns, (day, value) => new DailyReturn(DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(day)), value))],
        };
    }

    /// <summary>What the rules say of this run alone; the ledger's count of everything tried comes with the campaign's statistics.</summary>
    private static TrialVerdict Judge(BacktestRun run, string window)
    {
        var evidence = new TrialEvidence
        {
            Experiment = 1,
            Key = new TrialKey(run.Model.Stored.Training.StrategyHash, run.Dataset.Id, window),
            Status = TrialStatus.Completed,
            Daily = run.Result.Daily,
            Trades = run.Result.Trades.Count,
            StressedSharpe = run.SharpeAtDoubleCosts,
        };
        return CampaignStatistics.Provisional([evidence], [], VerdictRules.Default)[0];
    }

    private static Contracts.Backtests.BacktestMetrics Metrics(Engine.Backtesting.BacktestResult result)
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

    private static Contracts.Backtests.Trade Trade(Engine.Backtesting.Trade trade, int index) => new()
    {
        Number = index + 1,
        Side = Word(trade.Side),
        Quantity = trade.Quantity,
        EntryTime = Time(trade.EntryTime),
        EntryPrice = trade.EntryPrice,
        ExitTime = Time(trade.ExitTime),
        ExitPrice = trade.ExitPrice,
        BarsHeld = trade.BarsHeld,
        GrossPnl = trade.GrossPnl,
        Commission = trade.EntryCommission + trade.ExitCommission,
        Slippage = trade.SlippageCost + trade.SpreadCost,
        NetPnl = trade.NetPnl,
        MaxFavourable = trade.MaximumFavorableExcursion,
        MaxAdverse = trade.MaximumAdverseExcursion,
        ExitReason = Word(trade.ExitReason),
        Confidence = trade.EntryReason.Confidence,
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
    };

    private static string Word<T>(T value)
        where T : struct, Enum
        => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
