using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// The kind of market each day of a run opened in, from the closes of the days before alone: rising or falling by the change over the last
/// <see cref="LookBack"/> days, wild or quiet by whether the deviation of their returns exceeds its median over the run.
/// </summary>
public static class MarketRegimes
{
    /// <summary>Days looked back.</summary>
    public const int LookBack = 20;

    /// <summary>The regimes' names, in the order in which they are reported.</summary>
    public static IReadOnlyList<string> Names { get; } = ["rising, quiet", "rising, wild", "falling, quiet", "falling, wild"];

    /// <summary>An index into <see cref="Names"/> per day; null where fewer than <see cref="LookBack"/> + 1 days lie before it.</summary>
    /// <param name="bars">The bars before and in the run.</param>
    /// <param name="days">The run's days since 1970-01-01 UTC, ascending.</param>
    public static int?[] Of(BarSeries bars, ReadOnlySpan<int> days)
    {
        var (closingDays, closes) = DailyCloses(bars);
        var changes = new double?[days.Length];
        var deviations = new double?[days.Length];
        var window = new double[LookBack];
        for (int i = 0, known = 0; i < days.Length; i++)
        {
            while (known < closingDays.Count && closingDays[known] < days[i])
            {
                known++;
            }

            if (known <= LookBack)
            {
                continue;
            }

            for (var j = 0; j < LookBack; j++)
            {
                window[j] = (closes[known - LookBack + j] / closes[known - LookBack + j - 1]) - 1;
            }

            changes[i] = closes[known - 1] - closes[known - 1 - LookBack];
            deviations[i] = Math.Sqrt(Reductions.Variance(window, 1));
        }

        var sorted = deviations.Where(d => d is not null).Select(d => d!.Value).Order().ToArray();
        var median = sorted.Length > 0 ? Quantiles.Of(sorted, 0.5) : 0;
        return [.. changes.Zip(deviations, (change, deviation) => change is null ? (int?)null : (change > 0 ? 0 : 2) + (deviation > median ? 1 : 0))];
    }

    private static (List<int> Days, List<double> Closes) DailyCloses(BarSeries bars)
    {
        var (days, closes) = (new List<int>(), new List<double>());
        for (var i = 0; i < bars.Count; i++)
        {
            var day = UtcDay.Of(bars.Times[i]);
            if (days.Count == 0 || days[^1] != day)
            {
                days.Add(day);
                closes.Add(bars.Close[i]);
            }
            else
            {
                closes[^1] = bars.Close[i];
            }
        }

        return (days, closes);
    }
}
