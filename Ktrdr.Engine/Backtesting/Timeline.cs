using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Open times of the bars of a run: those of its only symbol, or the union over several.</summary>
internal sealed class Timeline
{
    /// <summary>Sessions are counted over one leap cycle.</summary>
    private const int YearsCounted = 4;
    private const int DaysCounted = 1461;

    private readonly BarSeries _bars;
    private readonly long[]? _union;
    private readonly MarketCalendar _calendar;

    /// <param name="window">The bars of the run, no others.</param>
    public Timeline(BarSeries window) => (_bars, _calendar) = (window, window.Calendar);

    public Timeline(IReadOnlyList<SymbolBook> books)
    {
        _bars = books[0].Bars.Slice(books[0].Start, books[0].End - books[0].Start);
        _union = books.Count == 1 ? null : [.. books.SelectMany(b => b.Bars.Times[b.Start..b.End].ToArray()).Order().Distinct()];
        _calendar = books.All(b => b.Bars.Calendar == _bars.Calendar) ? _bars.Calendar : MarketCalendar.None;
    }

    /// <summary>Unix milliseconds UTC, ascending.</summary>
    public ReadOnlySpan<long> Times => _union ?? _bars.Times;

    /// <summary>
    /// Bars per calendar year of 365.25 days; null for one bar. Where all symbols share a calendar with known sessions: the bars there are, over those that the
    /// sessions of the window make room for, times those of a year. Else as observed in the window's whole weeks, and null where it is shorter than one.
    /// </summary>
    public double? BarsPerYear
    {
        get
        {
            var times = Times;
            if (times.Length < 2)
            {
                return null;
            }

            var width = _bars.Timeframe.Milliseconds;
            var (first, end) = (times[0], times[^1] + width);
            if (_calendar == MarketCalendar.AlwaysOpen)
            {
                return times.Length * UtcDay.PerYear * UtcDay.Milliseconds / (end - first);
            }

            var until = first + (DaysCounted * UtcDay.Milliseconds);
            if (_calendar.Sessions is { } sessions && first >= sessions.Reach.First && Math.Max(until, end) <= sessions.Reach.Last
                && sessions.StepsInside(first, end, width) is > 0 and var room)
            {
                return (double)times.Length / room * sessions.StepsInside(first, until, width) / YearsCounted;
            }

            return WholeWeeks.BarsPerYear(times, end);
        }
    }
}
