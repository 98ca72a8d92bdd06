using System.Diagnostics;
using System.Globalization;
using Ktrdr.AppHost.Native;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.AppHost.Native;

public sealed class SupervisedProcessTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly TemporaryHome _home = new();
    private readonly List<string> _said = [];

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task StartAsync_ProgramCrashes_StartsItAgain()
    {
        await using var process = Supervise("echo run; sleep 600");
        await process.StartAsync(CancellationToken.None);
        var first = process.Snapshot().Process!;
        await UntilAsync(() => LogText().Contains("run", StringComparison.Ordinal));

        UnixProcess.Signal(first.Pid, UnixProcess.Kill);
        await UntilAsync(() => process.Restarts == 1 && process.Snapshot().Process is { } next && next != first);

        Assert.Contains(_said, line => line.StartsWith("stand-in ended with exit code 137 and starts again in 0.2 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StartAsync_CannotBeStartedAgainForAWhile_IsTriedUntilItCan()
    {
        var starts = 0;
        await using var process = Supervise("sleep 600", beforeStart: () => ++starts is 2 or 3 ? throw new IOException("No space left on device") : Task.CompletedTask);
        await process.StartAsync(CancellationToken.None);
        var first = process.Snapshot().Process!;

        UnixProcess.Signal(first.Pid, UnixProcess.Kill);
        await UntilAsync(() => process.Restarts == 3 && process.Snapshot().Process is { } next && next != first);

        Assert.Contains(_said, line => line.StartsWith("stand-in could not be started (No space left on device) and starts again in 0.8 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StartAsync_ProgramNeverBecomesReady_SaysItsLastLine()
    {
        await using var process = Supervise("echo the disk is full >&2; exit 3", ready: false);

        var error = await Assert.ThrowsAsync<SandboxException>(() => process.StartAsync(CancellationToken.None));
        Assert.StartsWith("stand-in ended with exit code 3, 3 times: the disk is full (log: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_ProgramIsTooSlow_SaysForHowLong()
    {
        await using var process = Supervise("sleep 600", ready: false, readyTimeout: TimeSpan.FromMilliseconds(300));

        var error = await Assert.ThrowsAsync<SandboxException>(() => process.StartAsync(CancellationToken.None));
        Assert.StartsWith("stand-in did not become ready within 0 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StopAsync_ProgramStopsByItself_IsNotKilled()
    {
        var process = Supervise("trap 'echo bye; exit 0' TERM; echo up; while true; do sleep 0.05; done");
        await process.StartAsync(CancellationToken.None);
        await UntilAsync(() => LogText().Contains("up", StringComparison.Ordinal));
        var identity = process.Snapshot().Process!;
        await process.DisposeAsync();

        Assert.False(identity.IsAlive());
        Assert.Contains("bye", LogText(), StringComparison.Ordinal);
        Assert.Empty(_said);
    }

    [Fact]
    public async Task StopAsync_ProgramAndItsChildIgnoreTheSignal_BothAreKilled()
    {
        var process = Supervise("trap '' TERM; sleep 600 & echo child $!; while true; do sleep 0.05; done");
        await process.StartAsync(CancellationToken.None);
        await UntilAsync(() => LogText().Contains("child ", StringComparison.Ordinal));
        var child = ProcessIdentity.Of(int.Parse(LogText().Split("child ")[1].Trim(), CultureInfo.InvariantCulture))!;
        await process.DisposeAsync();

        await UntilAsync(() => !child.IsAlive());
        Assert.Contains(_said, line => line.Contains("is killed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StartInfo_StarterIsGone_ProgramIsStopped()
    {
        // What the kernel does when the starter is killed: the writing end of the pipe closes, and nobody is there to do anything else.
        using var process = new Process { StartInfo = Launch.StartInfo(["/bin/sh", "-c", "sleep 600"], "TERM", "/") };
        process.Start();
        var identity = ProcessIdentity.Of(process.Id)!;
        process.StandardInput.Close();

        await UntilAsync(() => !identity.IsAlive());
        await UntilAsync(() => GroupOf(identity.Pid).Count == 0);
    }

    [Fact]
    public void Next_CrashAfterCrash_DoublesUpToTenSecondsAndForgetsAfterALongRun()
    {
        var backoff = new RestartBackoff();

        var waits = Enumerable.Range(0, 8).Select(_ => backoff.Next(TimeSpan.Zero).TotalSeconds);
        Assert.Equal([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10], waits);
        Assert.Equal(0.2, backoff.Next(TimeSpan.FromMinutes(1)).TotalSeconds);
    }

    [Fact]
    public void WriteLine_LogIsFull_BeginsANewOneAndKeepsTheLast()
    {
        var path = Path.Combine(_home.Root, "full.log");
        using var log = new RotatingLog(path, maxBytes: 20);
        foreach (var i in Enumerable.Range(0, 7))
        {
            log.WriteLine($"line {i} ...");
        }

        log.WriteLine("   at Some.Frame()");
        Assert.Equal("line 6 ...", log.LastLine);
        Assert.True(new FileInfo(path).Length < 60);
        Assert.True(new FileInfo($"{path}.1").Length < 60);
    }

    private SupervisedProcess Supervise(string script, bool ready = true, TimeSpan? readyTimeout = null, Func<Task>? beforeStart = null)
        => new(
            new ProcessPlan("stand-in", ["/bin/sh", "-c", script])
            {
                WorkingFolder = "/",
                StopTimeout = TimeSpan.FromSeconds(1),
                ReadyTimeout = readyTimeout ?? Deadline,
                IsReady = (_, _) => Task.FromResult(ready),
                BeforeStart = _ => beforeStart?.Invoke() ?? Task.CompletedTask,
            },
            new RotatingLog(LogPath),
            line =>
            {
                lock (_said)
                {
                    _said.Add(line);
                }
            });

    private string LogPath => Path.Combine(_home.Root, "stand-in.log");

    private string LogText()
    {
        using var reader = new StreamReader(new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    /// <summary>The living processes whose group is led by this one.</summary>
    private static List<string> GroupOf(int leader)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-A", "-o", "pgid=,stat=,args="]) { RedirectStandardOutput = true })!;
        var lines = ps.StandardOutput.ReadToEnd().Split('\n').Select(line => line.Trim());
        return [.. lines.Where(line => line.StartsWith($"{leader} ", StringComparison.Ordinal) && !line.StartsWith($"{leader} Z", StringComparison.Ordinal))];
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < Deadline, "it did not happen in time");
            await Task.Delay(20);
        }
    }
}
