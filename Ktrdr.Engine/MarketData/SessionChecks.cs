using NodaTime;

namespace Ktrdr.Engine.MarketData;

/// <summary>Holds bars of a day's parts against their calendar: stamps in the wrong zone put bars outside of sessions, or move them when clocks change.</summary>
internal static class SessionChecks
{
    private const long Minute = 60_000L;
    private const long Hour = 60 * Minute;
    private const int FewestSessions = 20;

    public static void Look(BarColumns columns, Timeframe timeframe, MarketCalendar calendar, RowLog log)
    {
        if (calendar.Sessions is not { } sessions || timeframe.Milliseconds >= Timeframe.OneDay.Milliseconds)
        {
            return;
        }

        var (outside, firstOutside) = (0, 0);
        var offsets = new[] { new SortedDictionary<long, int>(), new SortedDictionary<long, int>() };
        var shiftRow = 0;
        for (int i = 0, session = 0, last = -1; i < columns.Count; i++)
        {
            var time = columns.Times[i];
            while (session < sessions.Count && sessions[session].Close <= time)
            {
                session++;
            }

            if (session == sessions.Count || time < sessions.Reach.First)
            {
                continue;
            }

            if (time + timeframe.Milliseconds <= sessions[session].Open)
            {
                firstOutside = outside++ == 0 ? columns.Rows[i] : firstOutside;
            }

            // The first bar that ends inside a session: how long after its opening it begins.
            if (session != last && time + timeframe.Milliseconds > sessions[session].Open)
            {
                last = session;
                var isSummer = MarketZones.NewYork.GetUtcOffset(Instant.FromUnixTimeMilliseconds(time)).Milliseconds > -5 * Hour;
                shiftRow = isSummer && offsets[1].Count == 0 ? columns.Rows[i] : shiftRow;
                var counts = offsets[isSummer ? 1 : 0];
                var offset = (time - sessions[session].Open) / Minute;
                counts[offset] = counts.GetValueOrDefault(offset) + 1;
            }
        }

        if (outside > 0)
        {
            log.FindAll("outside_session", firstOutside, outside, $"{Counted.Of(outside, "bar")} of {columns.Count} outside the sessions of {calendar.Name} ({calendar.Summary})", FindingSeverity.Warning);
        }

        if (offsets.All(o => o.Values.Sum() >= FewestSessions) && Usual(offsets[1]) - Usual(offsets[0]) is var shift && Math.Abs(shift) >= 30)
        {
            log.FindAll(
                "dst_shift", shiftRow, 1,
                $"sessions begin {Math.Abs(shift)} min {(shift > 0 ? "later" : "earlier")} against their opening while New York has summer time: the stamps follow another clock than the time zone stated", FindingSeverity.Warning);
        }
    }

    private static long Usual(SortedDictionary<long, int> counts) => counts.MaxBy(c => c.Value).Key;
}
