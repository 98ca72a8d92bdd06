using System.Numerics;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Measures a finished run.</summary>
internal static class Performance
{
    private const double UpperTail = 0.95;
    private const double LowerTail = 0.05;

    /// <param name="window">The bars of the window alone.</param>
    /// <param name="equity">Account value at each of their closes.</param>
    /// <param name="exposure">Fraction held at each close.</param>
    /// <param name="trades">All trades.</param>
    /// <param name="fills">All fills.</param>
    /// <param name="daily">The equity curve cut at midnights.</param>
    /// <param name="initialCapital">Account value before the window.</param>
    public static BacktestMetrics Measure(
        BarSeries window, double[] equity, double[] exposure, IReadOnlyList<Trade> trades, IReadOnlyList<Fill> fills, DailyReturns daily, double initialCapital)
    {
        var perYear = window.Count < 2 ? (double?)null : window.BarsPerYear;
        var years = equity.Length / perYear;
        var growth = equity[^1] / initialCapital;
        var annualReturn = growth > 0 ? Finite(years is { } y ? Elementary.Pow(growth, 1 / y) - 1 : null) : null;
        var (drawdown, drawdownBars) = Drawdown(equity, initialCapital);
        var perBar = PerBar(equity, initialCapital, perYear);
        var moments = ReturnMoments.Of(daily.Returns);
        var results = Results(trades);
        return new BacktestMetrics
        {
            TotalReturn = growth - 1,
            AnnualReturn = annualReturn,
            Volatility = perBar.Volatility,
            Sharpe = perBar.Sharpe,
            Sortino = perBar.Sortino,
            DailySharpe = daily.DaysPerYear is { } days ? moments?.Sharpe * Math.Sqrt(days) : null,
            Calmar = drawdown > 0 ? annualReturn / drawdown : null,
            MaxDrawdown = drawdown,
            MaxDrawdownBars = drawdownBars,
            Trades = trades.Count,
            WinRate = results.WinRate,
            ProfitFactor = results.ProfitFactor,
            Expectancy = results.Expectancy,
            Exposure = ShareHeld(exposure),
            Turnover = Finite(fills.Sum(f => f.Quantity * f.Price) / Reductions.Mean(equity) / years),
            CostsPaid = fills.Sum(f => f.Commission + f.SlippageCost + f.SpreadCost),
            TailRatio = TailRatio(daily.Returns),
            Skew = moments?.Skew,
            Kurtosis = moments?.Kurtosis,
            NetTStatistic = moments?.TStatistic,
        };
    }

    private static (double? Volatility, double? Sharpe, double? Sortino) PerBar(double[] equity, double initialCapital, double? perYear)
    {
        if (perYear is not { } frequency)
        {
            return (null, null, null);
        }

        var returns = Returns(equity, initialCapital);
        var mean = Reductions.Mean(returns);
        var deviation = Math.Sqrt(Reductions.Variance(returns, 1));
        ClampToLosses(returns);
        var downside = Math.Sqrt(Reductions.Dot(returns, returns) / returns.Length);
        var root = Math.Sqrt(frequency);
        return (deviation * root, Ratio(mean, deviation) * root, Ratio(mean, downside) * root);
    }

    /// <summary>Simple return of each bar; 0 once the account is worth nothing or less.</summary>
    private static double[] Returns(double[] equity, double initialCapital)
    {
        var returns = new double[equity.Length];
        returns[0] = (equity[0] / initialCapital) - 1;
        var i = 1;
        for (; i <= equity.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var before = new Vector<double>(equity, i - 1);
            var simple = (new Vector<double>(equity, i) / before) - Vector<double>.One;
            Vector.ConditionalSelect(Vector.GreaterThan(before, Vector<double>.Zero), simple, Vector<double>.Zero).CopyTo(returns, i);
        }

        for (; i < equity.Length; i++)
        {
            returns[i] = equity[i - 1] > 0 ? (equity[i] / equity[i - 1]) - 1 : 0;
        }

        return returns;
    }

    private static void ClampToLosses(double[] returns)
    {
        for (var i = 0; i < returns.Length; i++)
        {
            returns[i] = Math.Min(0, returns[i]);
        }
    }

    private static (double Deepest, int LongestBars) Drawdown(double[] equity, double initialCapital)
    {
        var (peak, trough, peakBar) = (initialCapital, initialCapital, -1);
        double deepest = 0;
        var longest = 0;
        for (var i = 0; i < equity.Length; i++)
        {
            var value = equity[i];
            if (value < peak)
            {
                trough = Math.Min(trough, value);
                continue;
            }

            if (trough < peak)
            {
                deepest = Math.Max(deepest, (peak - trough) / peak);
                longest = Math.Max(longest, i - 1 - peakBar);
            }

            (peak, trough, peakBar) = (value, value, i);
        }

        return trough < peak
            ? (Math.Max(deepest, (peak - trough) / peak), Math.Max(longest, equity.Length - 1 - peakBar))
            : (deepest, longest);
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
        foreach (var trade in trades)
        {
            var net = trade.NetPnl;
            wins += net > 0 ? 1 : 0;
            won += Math.Max(0, net);
            lost -= Math.Min(0, net);
        }

        return ((double)wins / trades.Count, Ratio(won, lost), (won - lost) / trades.Count);
    }

    private static double ShareHeld(double[] exposure)
    {
        var held = 0;
        foreach (var fraction in exposure)
        {
            held += fraction != 0 ? 1 : 0;
        }

        return (double)held / exposure.Length;
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

    private static double? Ratio(double numerator, double denominator) => denominator > 0 ? numerator / denominator : null;

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;
}
