using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// Net simple returns per UTC day, after all costs: the one series on which every verdict rests. A day is in the series when the market
/// had at least one bar stamped in it; a day without a position has a return of 0.
/// </summary>
public sealed record DailyReturns
{
    /// <summary>Days in a row that a market may be closed; what is missing beyond is no part of the series.</summary>
    private const int LongestClosure = 14;

    /// <param name="days">Days since 1970-01-01 UTC, strictly ascending.</param>
    /// <param name="returns">One finite simple return per day, as a fraction (0.01 = 1 %).</param>
    /// <exception cref="InvalidInputException">Lengths differ, days do not ascend or a return is not finite.</exception>
    public DailyReturns(int[] days, double[] returns)
    {
        if (days.Length != returns.Length)
        {
            throw Invalid("returns", $"{returns.Length} returns for {days.Length} days: one return per day is needed.");
        }

        for (var i = 0; i < days.Length; i++)
        {
            if (i > 0 && days[i] <= days[i - 1])
            {
                throw Invalid($"days[{i}]", $"Day {days[i]} follows day {days[i - 1]}: days must ascend.");
            }

            if (!double.IsFinite(returns[i]))
            {
                throw Invalid($"returns[{i}]", $"The return of day {days[i]} is {returns[i]}: it must be finite.");
            }
        }

        Days = days;
        Returns = returns;
    }

    /// <summary>An order of series by content, so that averages do not depend on the order of the evidence.</summary>
    internal static Comparer<DailyReturns> ByContent { get; } = Comparer<DailyReturns>.Create((a, b) =>
    {
        var order = a.Days.AsSpan().SequenceCompareTo(b.Days);
        return order != 0 ? order : a.Returns.AsSpan().SequenceCompareTo(b.Returns);
    });

    /// <summary>Days since 1970-01-01 UTC, strictly ascending.</summary>
    public int[] Days { get; }

    /// <summary>Simple net return per day of <see cref="Days"/>.</summary>
    public double[] Returns { get; }

    public int Count => Days.Length;

    /// <summary>
    /// How many days of this series fall into a calendar year of 365.25 days, from the whole weeks of the series itself; null for fewer than two days and for less than a week, which does not
    /// show how often the market is closed. Stretches more than two weeks apart are counted each by itself.
    /// </summary>
    public double? DaysPerYear => Count < 2 ? null : WholeWeeks.DaysPerYear(Days, LongestClosure);

    /// <summary>Annualised; null where the returns do not vary or <see cref="DaysPerYear"/> is null.</summary>
    public double? Sharpe => DaysPerYear is { } days ? ReturnMoments.Of(Returns)?.Sharpe * Math.Sqrt(days) : null;

    /// <summary>All days compounded, as a fraction.</summary>
    public double TotalReturn => Compound(Returns);

    /// <summary>Returns one after the other as one.</summary>
    internal static double Compound(ReadOnlySpan<double> returns)
    {
        var growth = 1.0;
        foreach (var r in returns)
        {
            growth *= 1 + r;
        }

        return growth - 1;
    }

    /// <summary>Cuts an equity curve at UTC midnights.</summary>
    /// <param name="times">Open times of the bars, Unix milliseconds, ascending.</param>
    /// <param name="equity">Account value after each bar.</param>
    /// <param name="initialCapital">Account value before the first bar.</param>
    /// <remarks>From the day the account is worth nothing or less, returns are 0: there is nothing left to earn a return on.</remarks>
    public static DailyReturns FromEquity(ReadOnlySpan<long> times, ReadOnlySpan<double> equity, double initialCapital)
    {
        if (times.Length != equity.Length)
        {
            throw Invalid("equity", $"{equity.Length} equity values for {times.Length} bars: one value per bar is needed.");
        }

        var days = new List<int>();
        var returns = new List<double>();
        var before = initialCapital;
        var bars = 1;
        for (var i = 0; i < times.Length; i += bars)
        {
            // Most days have as many bars as the one before them.
            var day = UtcDay.Of(times[i]);
            var midnight = UtcDay.EndOf(day);
            if (i + bars >= times.Length || times[i + bars] < midnight || times[i + bars - 1] >= midnight)
            {
                bars = FirstAtOrAfter(times, i, midnight) - i;
            }

            var after = equity[i + bars - 1];
            days.Add(day);
            returns.Add(before > 0 ? (after / before) - 1 : 0);
            before = after;
        }

        return new DailyReturns([.. days], [.. returns]);
    }

    /// <summary>Averages several runs of one trial (folds, seeds) into its one series: per day, over the runs that have that day.</summary>
    public static DailyReturns Average(IReadOnlyList<DailyReturns> runs)
    {
        if (runs.Count == 1)
        {
            return runs[0];
        }

        var sums = new SortedDictionary<int, (double Sum, int Count)>();
        foreach (var run in runs)
        {
            for (var i = 0; i < run.Count; i++)
            {
                var (sum, count) = sums.GetValueOrDefault(run.Days[i]);
                sums[run.Days[i]] = (sum + run.Returns[i], count + 1);
            }
        }

        return new DailyReturns([.. sums.Keys], [.. sums.Values.Select(s => s.Sum / s.Count)]);
    }

    /// <summary>Index of the first time at or after <paramref name="moment"/>, searched from <paramref name="from"/> in growing steps.</summary>
    private static int FirstAtOrAfter(ReadOnlySpan<long> times, int from, long moment)
    {
        var step = 1;
        while (from + step < times.Length && times[from + step] < moment)
        {
            from += step;
            step *= 2;
        }

        var end = Math.Min(times.Length, from + step);
        while (from < end)
        {
            var middle = from + ((end - from) / 2);
            (from, end) = times[middle] < moment ? (middle + 1, end) : (from, middle);
        }

        return from;
    }

    private static InvalidInputException Invalid(string path, string message) => new(new Problem("invalid_daily_returns", path, message));
}
