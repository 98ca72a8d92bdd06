using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// What one UTC day adds to the measures of an equity curve, relative to the account's value before it: enough to measure any sequence of days
/// exactly as the bars themselves would be measured.
/// </summary>
internal readonly record struct DailyEquity
{
    /// <summary>Number of bars.</summary>
    public int Bars { get; private init; }

    /// <summary>Value after the day over the value before it.</summary>
    public double Growth { get; private init; }

    /// <summary>Sums over the returns per bar: of the returns, their squares and the squares of losses.</summary>
    public double Returns { get; private init; }

    public double Squares { get; private init; }

    public double LossSquares { get; private init; }

    /// <summary>Highest and lowest close of the day over the value before it.</summary>
    public double Highest { get; private init; }

    public double Lowest { get; private init; }

    /// <summary>Deepest fall of the day below a close of the same day.</summary>
    public double Drawdown { get; private init; }

    /// <summary>Cuts an equity curve at the UTC midnights of <paramref name="daily"/>; null where the account was ever worth nothing or less.</summary>
    public static DailyEquity[]? Of(ReadOnlySpan<long> times, ReadOnlySpan<double> equity, double initialCapital, DailyReturns daily)
    {
        var days = new DailyEquity[daily.Count];
        var before = initialCapital;
        var at = 0;
        for (var day = 0; day < days.Length; day++)
        {
            var midnight = UtcDay.EndOf(daily.Days[day]);
            var (first, last) = (at, before);
            double returns = 0, squares = 0, losses = 0, drawdown = 0;
            double highest = double.NegativeInfinity, lowest = double.PositiveInfinity;
            for (; at < times.Length && times[at] < midnight; at++)
            {
                var value = equity[at];
                if (!(value > 0))
                {
                    return null;
                }

                var simple = (value / last) - 1;
                var loss = Math.Min(0, simple);
                returns += simple;
                squares = Math.FusedMultiplyAdd(simple, simple, squares);
                losses = Math.FusedMultiplyAdd(loss, loss, losses);
                highest = Math.Max(highest, value);
                lowest = Math.Min(lowest, value);
                drawdown = Math.Max(drawdown, (highest - value) / highest);
                last = value;
            }

            days[day] = new DailyEquity
            {
                Bars = at - first,
                Growth = last / before,
                Returns = returns,
                Squares = squares,
                LossSquares = losses,
                Highest = highest / before,
                Lowest = lowest / before,
                Drawdown = drawdown,
            };
            before = last;
        }

        return days;
    }
}
