using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>A sequence of days measured as the run's own equity curve is, bars, drawdowns within days and all. The formulas are in <c>docs/statistics.md</c>.</summary>
internal sealed class ResampledDays(DailyEquity[] days, double? barsPerYear, double? daysPerYear)
{
    private readonly double _barsPerYear = barsPerYear ?? double.NaN;
    private readonly double _rootOfBars = Math.Sqrt(barsPerYear ?? double.NaN);
    private readonly double _rootOfDays = Math.Sqrt(daysPerYear ?? double.NaN);

    public static IReadOnlyList<string> Metrics { get; } = ["total_return", "annual_return", "volatility", "sharpe", "sortino", "max_drawdown", "calmar"];

    public void Measure(ReadOnlySpan<int> indices, Span<double> values)
    {
        double bars = 0, returns = 0, squares = 0, losses = 0, dailySum = 0, dailySquares = 0;
        double equity = 1, peak = 1, drawdown = 0;
        foreach (var index in indices)
        {
            ref readonly var day = ref days[index];
            bars += day.Bars;
            returns += day.Returns;
            squares += day.Squares;
            losses += day.LossSquares;
            var simple = day.Growth - 1;
            dailySum += simple;
            dailySquares = Math.FusedMultiplyAdd(simple, simple, dailySquares);

            // Against the peak of the days before; falls from a peak of the same day are in day.Drawdown.
            var lowest = equity * day.Lowest;
            if (lowest < peak * (1 - drawdown))
            {
                drawdown = (peak - lowest) / peak;
            }

            drawdown = Math.Max(drawdown, day.Drawdown);
            peak = Math.Max(peak, equity * day.Highest);
            equity *= day.Growth;
        }

        var mean = returns / bars;
        var deviation = Deviation(returns, squares, bars);
        var annual = bars > 1 ? Elementary.Pow(equity, _barsPerYear / bars) - 1 : double.NaN;
        values[0] = equity - 1;
        values[1] = annual;
        values[2] = deviation * _rootOfBars;
        values[3] = dailySum / indices.Length / Deviation(dailySum, dailySquares, indices.Length) * _rootOfDays;
        values[4] = mean / Math.Sqrt(losses / bars) * _rootOfBars;
        values[5] = drawdown;
        values[6] = annual / drawdown;
    }

    /// <summary>Sample standard deviation from sums; 0 for rounding noise, so that a ratio to it is not finite.</summary>
    private static double Deviation(double sum, double squares, double count)
    {
        var deviations = squares - (sum * sum / count);
        return deviations > ReturnMoments.VarianceNoise * squares ? Math.Sqrt(deviations / (count - 1)) : 0;
    }
}

/// <summary>A sequence of trades measured as the run's own trades are.</summary>
internal sealed class ResampledTrades(double[] netPnl)
{
    public static IReadOnlyList<string> Metrics { get; } = ["win_rate", "profit_factor", "expectancy"];

    public void Measure(ReadOnlySpan<int> indices, Span<double> values)
    {
        double won = 0, lost = 0;
        var wins = 0;
        foreach (var index in indices)
        {
            var net = netPnl[index];
            wins += net > 0 ? 1 : 0;
            won += Math.Max(0, net);
            lost -= Math.Min(0, net);
        }

        values[0] = (double)wins / indices.Length;
        values[1] = won / lost;
        values[2] = (won - lost) / indices.Length;
    }
}
