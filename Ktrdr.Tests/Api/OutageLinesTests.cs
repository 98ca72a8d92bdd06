using Ktrdr.Api;
using Xunit;

namespace Ktrdr.Tests.Api;

public sealed class OutageLinesTests
{
    [Fact]
    public void Next_ManyInAnOutage_LetsOneThroughEachHalfMinuteAndCountsTheOthers()
    {
        var clock = new Clock();
        var lines = new OutageLines(clock);

        Assert.Equal(0, lines.Next());
        Assert.Null(lines.Next());
        clock.Seconds = 29;
        Assert.Null(lines.Next());
        clock.Seconds = 30;
        Assert.Equal(2, lines.Next());
        clock.Seconds = 90;
        Assert.Equal(0, lines.Next());
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
