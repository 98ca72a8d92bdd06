using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Measures a finished run.</summary>
internal static class Performance
{
    private const double UpperTail = 0.95;
    private const double LowerTail = 0.05;

    /// <param name="outcome">What the loop left behind.</param>
    /// <param name="ledger">All fills and trades.</param>
    /// <param name="daily">The equity curve cut at midnights.</param>
    public static BacktestMetrics Measure(LoopOutcome outcome, Ledger ledger, DailyReturns daily)
    {
        var (tally, bars) = (outcome.Tally, outcome.Equity.Length);
        var perYear = outcome.Timeline.BarsPerYear;
        var root = perYear is { } frequency ? Math.Sqrt(frequency) : (double?)null;
        var years = bars / perYear;
        var annualReturn = tally.Growth > 0 ? Finite(years is { } y ? Elementary.Pow(tally.Growth, 1 / y) - 1 : null) : null;
        var moments = ReturnMoments.Of(daily.Returns);
        var results = Results(ledger);
        var costs = Traded(ledger);
        return new BacktestMetrics
        {
            TotalReturn = tally.Growth - 1,
            AnnualReturn = annualReturn,
            Volatility = tally.Deviation * root,
            Sharpe = Ratio(tally.MeanReturn, tally.Deviation) * root,
            Sortino = Ratio(tally.MeanReturn, tally.DownsideDeviation) * root,
            DailySharpe = daily.DaysPerYear is { } days ? moments?.Sharpe * Math.Sqrt(days) : null,
            Calmar = tally.MaxDrawdown > 0 ? annualReturn / tally.MaxDrawdown : null,
            MaxDrawdown = tally.MaxDrawdown,
            MaxDrawdownBars = tally.MaxDrawdownBars,
            Trades = ledger.Trades.Count,
            WinRate = results.WinRate,
            ProfitFactor = results.ProfitFactor,
            Expectancy = results.Expectancy,
            Exposure = (double)outcome.ClosesHeld / bars,
            Turnover = Finite(costs.Notional / tally.MeanEquity / years),
            CostsPaid = costs.Commission + costs.Slippage + costs.Spread + costs.Financing,
            CommissionPaid = costs.Commission,
            SlippagePaid = costs.Slippage,
            SpreadPaid = costs.Spread,
            FinancingPaid = costs.Financing,
            TailRatio = TailRatio(daily.Returns),
            Skew = moments?.Skew,
            Kurtosis = moments?.Kurtosis,
            NetTStatistic = moments?.TStatistic,
        };
    }

    private static (double Notional, double Commission, double Slippage, double Spread, double Financing) Traded(Ledger ledger)
    {
        var (notional, commission, slippage, spread, financing) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < ledger.Fills.Count; i++)
        {
            ref var fill = ref ledger.Fills[i];
            notional += ledger.Notional(fill);
            commission += fill.Commission;
            slippage += ledger.SlippageCost(fill);
            spread += ledger.SpreadCost(fill);
        }

        for (var i = 0; i < ledger.Trades.Count; i++)
        {
            financing += ledger.Trades[i].Financing;
        }

        return (notional, commission, slippage, spread, financing);
    }

    private static (double? WinRate, double? ProfitFactor, double? Expectancy) Results(Ledger ledger)
    {
        var count = ledger.Trades.Count;
        if (count == 0)
        {
            return (null, null, null);
        }

        double won = 0;
        double lost = 0;
        var wins = 0;
        for (var i = 0; i < count; i++)
        {
            var net = ledger.NetPnl(ledger.Trades[i]);
            wins += net > 0 ? 1 : 0;
            won += Math.Max(0, net);
            lost -= Math.Min(0, net);
        }

        return ((double)wins / count, Ratio(won, lost), (won - lost) / count);
    }

    private static double? TailRatio(double[] dailyReturns)
    {
        if (dailyReturns.Length < 2)
        {
            return null;
        }

        var sorted = dailyReturns[..];
        Array.Sort(sorted);
        return Ratio(Math.Abs(Quantiles.Of(sorted, UpperTail)), Math.Abs(Quantiles.Of(sorted, LowerTail)));
    }

    private static double? Ratio(double? numerator, double? denominator) => denominator > 0 ? numerator / denominator : null;

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
