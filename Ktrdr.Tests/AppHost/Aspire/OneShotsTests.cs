using Aspire.Hosting.ApplicationModel;
using Ktrdr.AppHost.Aspire;
using Xunit;

namespace Ktrdr.Tests.AppHost.Aspire;

public sealed class OneShotsTests
{
    private static readonly DateTime Asked = new(2024, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [Theory]
    [InlineData("Running", null, false)]
    [InlineData("Finished", -1, false)]
    [InlineData("Finished", 1, true)]
    [InlineData("Exited", 1, true)]
    [InlineData("FailedToStart", null, true)]
    public void HasEnded_EndOfAnEarlierRun_DoesNotCount(string state, int? secondsAfter, bool expected)
    {
        var snapshot = new CustomResourceSnapshot
        {
            ResourceType = "Project",
            Properties = [],
            State = state,
            StopTimeStamp = secondsAfter is { } seconds ? Asked.AddSeconds(seconds) : null,
        };

        Assert.Equal(expected, OneShots.HasEnded(snapshot, Asked));
    }
}
