using Ktrdr.Engine.MarketData;

namespace Ktrdr.Api.MarketData;

/// <summary>The last close of every UTC day: enough to see that two series are the same market, whatever their names and timeframes.</summary>
/// <param name="Days">Days since 1970-01-01, ascending.</param>
/// <param name="Closes">One close per day.</param>
internal sealed record DailyCloses(int[] Days, double[] Closes)
{
    private const int FewestDays = 20;
    private const double EqualShare = 0.9;
    private const double EqualReturn = 1e-6;

    public static DailyCloses Of(BarSeries bars)
    {
        var days = new List<int>();
        var closes = new List<double>();
        for (var i = 0; i < bars.Count; i++)
        {
            // A close belongs to the day in which its bar ends; one that ends at midnight, to the day before.
            var day = UtcDay.Of(bars.AvailableAt(i) - 1);
            if (days.Count > 0 && days[^1] == day)
            {
                closes[^1] = bars.Close[i];
            }
            else
            {
                days.Add(day);
                closes.Add(bars.Close[i]);
            }
        }

        return new DailyCloses([.. days], [.. closes]);
    }

    /// <summary>Whether the returns of nine in ten common days are the same, over at least twenty of them.</summary>
    public bool Overlaps(DailyCloses other)
    {
        int i = 0, j = 0, compared = 0, equal = 0;
        (int I, int J)? last = null;
        while (i < Days.Length && j < other.Days.Length)
        {
            if (Days[i] < other.Days[j])
            {
                i++;
            }
            else if (Days[i] > other.Days[j])
            {
                j++;
            }
            else
            {
                if (last is { } before)
                {
                    compared++;
                    equal += Math.Abs((Closes[i] / Closes[before.I]) - (other.Closes[j] / other.Closes[before.J])) <= EqualReturn ? 1 : 0;
                }

                last = (i++, j++);
            }
        }

        return compared >= FewestDays && equal >= EqualShare * compared;
    }
}
