using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Measures a finished run.</summary>
internal static class Performance
{
    private const double UpperTail = 0.95;
    private const double LowerTail = 0.05;

    /// <param name="tally">What the loop added up.</param>
    /// <param name="window">The bars of the window alone.</param>
    /// <param name="trades">All trades.</param>
    /// <param name="fills">All fills.</param>
    /// <param name="daily">The equity curve cut at midnights.</param>
    public static BacktestMetrics Measure(EquityTally tally, BarSeries window, IReadOnlyList<Trade> trades, IReadOnlyList<Fill> fills, DailyReturns daily)
    {
        var perYear = window.Count < 2 ? (double?)null : window.BarsPerYear;
        var root = perYear is { } frequency ? Math.Sqrt(frequency) : (double?)null;
        var years = window.Count / perYear;
        var annualReturn = tally.Growth > 0 ? Finite(years is { } y ? Elementary.Pow(tally.Growth, 1 / y) - 1 : null) : null;
        var moments = ReturnMoments.Of(daily.Returns);
        var results = Results(trades);
        var (costs, notional) = Traded(fills);
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
            Trades = trades.Count,
            WinRate = results.WinRate,
            ProfitFactor = results.ProfitFactor,
            Expectancy = results.Expectancy,
            Exposure = tally.ShareHeld,
            Turnover = Finite(notional / tally.MeanEquity / years),
            CostsPaid = costs,
            TailRatio = TailRatio(daily.Returns),
            Skew = moments?.Skew,
            Kurtosis = moments?.Kurtosis,
            NetTStatistic = moments?.TStatistic,
        };
    }

    private static (double Costs, double Notional) Traded(IReadOnlyList<Fill> fills)
    {
        var (costs, notional) = (0.0, 0.0);
        for (var i = 0; i < fills.Count; i++)
        {
            var fill = fills[i];
            costs += fill.Commission + fill.SlippageCost + fill.SpreadCost;
            notional += fill.Quantity * fill.Price;
        }

        return (costs, notional);
    }

    private static (double? WinRate, double? ProfitFactor, double? Expectancy) Results(IReadOnlyList<Trade> trades)
    {
        if (trades.Count == 0)
        {
            return (null, null, null);
        }

        double won = 0;
        double lost = 0;
        var wins = 0;
        for (var i = 0; i < trades.Count; i++)
        {
            var net = trades[i].NetPnl;
            wins += net > 0 ? 1 : 0;
            won += Math.Max(0, net);
            lost -= Math.Min(0, net);
        }

        return ((double)wins / trades.Count, Ratio(won, lost), (won - lost) / trades.Count);
    }

    private static double? TailRatio(double[] dailyReturns)
    {
        if (dailyReturns.Length < 2)
        {
            return null;
        }

        var sorted = dailyReturns.Order().ToArray();
        return Ratio(Math.Abs(Quantile(sorted, UpperTail)), Math.Abs(Quantile(sorted, LowerTail)));
    }

    /// <summary>Linear interpolation between order statistics at (n−1)·p (Hyndman &amp; Fan's type 7).</summary>
    private static double Quantile(double[] sorted, double p)
    {
        var at = (sorted.Length - 1) * p;
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }

    private static double? Ratio(double? numerator, double? denominator) => denominator > 0 ? numerator / denominator : null;

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
