using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.Contracts;

public sealed class GapReportTests
{
    private const long Hour = 3_600_000;

    [Fact]
    public void Of_GapsOfSeveralKinds_CountsEachAndListsTheFirstOfTheUnexpected()
    {
        (GapKind, DataGap)[] gaps = [(GapKind.Unexpected, Gap(1, 3)), (GapKind.Weekend, Gap(4, 0)), (GapKind.Unexpected, Gap(9, 2)), (GapKind.Weekend, Gap(12, 0)), (GapKind.Unexpected, Gap(20, 1))];

        var report = GapReport.Of(("EURUSD", "1h"), ("fx", "the week of currencies"), [0, Hour, 30 * Hour], 0.75, gaps, GapKind.Unexpected, listed: 2);

        Assert.Equal(("EURUSD", "1h", "fx", "the week of currencies"), (report.Symbol, report.Timeframe, report.Calendar, report.CalendarSummary));
        Assert.Equal((3, 6L, 0.75), (report.Bars, report.MissingBars, report.Coverage));
        Assert.Equal((DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddHours(30)), (report.FirstTime, report.LastTime));
        Assert.Equal([new GapCount("weekend", 2, 0), new GapCount("unexpected", 3, 6)], report.Counts);
        Assert.Equal([Gap(1, 3), Gap(9, 2)], report.Unexpected);
    }

    private static DataGap Gap(int hour, long missing) => DataGap.Of(hour * Hour, (hour + 2) * Hour, missing);
}
