using Ktrdr.AppHost.Native;
using Ktrdr.Tests.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.AppHost.Native;

public sealed class RotatingLogTests
{
    [Theory]
    [InlineData("no such database", "no such database")]
    [InlineData("""{"LogLevel":"Error","Message":"GET /ready failed","Exception":"System.InvalidOperationException: no such thing.\n   at Ktrdr.Api.X()\n   at Y()"}""", "GET /ready failed: System.InvalidOperationException: no such thing.")]
    [InlineData("""{"LogLevel":"Error","Message":"the port is taken"}""", "the port is taken")]
    [InlineData("""{"LogLevel":"Error","Mess""", """{"LogLevel":"Error","Mess""")]
    public void LastLine_OfAService_IsWhatItSaysWithoutStackFrames(string written, string expected)
    {
        using var home = new TemporaryHome();
        using var log = new RotatingLog(Path.Combine(home.Root, "service.log"));

        log.WriteLine(written);
        log.WriteLine("   at System.Somewhere()");

        Assert.Equal(expected, log.LastLine);
    }
}
