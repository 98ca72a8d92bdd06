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

    [Fact]
    public void WriteLine_DiskFullForAWhile_DropsTheLinesAndSaysHowMany()
    {
        using var home = new TemporaryHome();
        var disk = new Disk();
        var path = Path.Combine(home.Root, "service.log");
        using (var log = new RotatingLog(path, 10_000_000, disk.Open))
        {
            log.WriteLine("before");
            disk.Full = true;
            log.WriteLine("lost one");
            log.WriteLine("lost two");
            disk.Full = false;
            log.WriteLine("after");

            Assert.Equal("after", log.LastLine);
        }

        Assert.Equal(["before", "(2 lines are missing here: they could not be written)", "after"], File.ReadAllLines(path));
    }

    [Fact]
    public void WriteLine_DiskFullAsItRotates_GoesOnInANewFile()
    {
        using var home = new TemporaryHome();
        var disk = new Disk();
        var path = Path.Combine(home.Root, "service.log");
        using (var log = new RotatingLog(path, 8, disk.Open))
        {
            log.WriteLine("long enough");
            disk.Full = true;
            log.WriteLine("lost");
            log.WriteLine("lost");
            disk.Full = false;
            log.WriteLine("after");
        }

        Assert.Equal(["long enough"], File.ReadAllLines($"{path}.1"));
        Assert.Equal(["(2 lines are missing here: they could not be written)", "after"], File.ReadAllLines(path));
    }

    /// <summary>Files on a disk that is full when told so: neither a file nor a byte more.</summary>
    private sealed class Disk
    {
        public bool Full { get; set; }

        public Stream Open(string path) => Full ? throw NoRoom() : new LogFile(this, path);

        private static IOException NoRoom() => new("No space left on device", 28);

        private sealed class LogFile(Disk disk, string path) : FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)
        {
            public override void Write(ReadOnlySpan<byte> buffer)
            {
                if (disk.Full)
                {
                    throw NoRoom();
                }

                base.Write(buffer);
            }
        }
    }
}
