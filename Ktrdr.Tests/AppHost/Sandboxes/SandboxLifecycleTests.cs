using System.Diagnostics;
using System.Net;
using Ktrdr.AppHost.Native;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.AppHost.Native;
using Ktrdr.Tests.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.AppHost.Sandboxes;

/// <summary>The whole stack as processes, on the first slot that is free, with a home of its own.</summary>
public sealed class SandboxLifecycleTests : IDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan EndDeadline = TimeSpan.FromSeconds(30);

    private readonly TemporaryHome _home = new();
    private readonly string _programs;

    public SandboxLifecycleTests()
    {
        // A copy of the AppHost outside of the clone, so that it leaves no marker there; the executables beside it are the real ones.
        var built = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var bin = built.Parent!.Parent!.FullName;
        _programs = Path.Combine(_home.Root, "programs");
        Directory.CreateDirectory(_programs);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(bin, "Ktrdr.AppHost", built.Name)))
        {
            File.Copy(file, Path.Combine(_programs, Path.GetFileName(file)));
        }

        foreach (var project in (string[])["Ktrdr.Api", "Ktrdr.Worker", "Ktrdr.Agents"])
        {
            var script = Path.Combine(_programs, project);
            File.Delete(script);
            File.WriteAllText(script, $"#!/bin/sh\nexec '{Path.Combine(bin, project, built.Name, project)}' \"$@\"\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
                File.SetUnixFileMode(_home.Root, (UnixFileMode)0b111_101_101);
            }
        }
    }

    public void Dispose() => _home.Dispose();

    [PostgresFact]
    public async Task Run_KilledThenStartedAgainThenStopped_NothingIsLeftEitherTime()
    {
        await using var first = await StartAsync();
        var running = Assert.Single(new SandboxRegistry(_home.Layout).List());
        Assert.Equal(["postgres", "api", "backtest-1", "training-1", "agents"], running.Processes.Select(p => p.Name).Where(name => name != "prometheus"));
        Assert.All(running.Processes, process => Assert.True(process.Process!.IsAlive()));
        Assert.Equal(HttpStatusCode.OK, await GetAsync($"{running.Url}/ready"));

        UnixProcess.Signal(first.Process.Id, UnixProcess.Kill);
        await UntilAsync(EndDeadline, () => running.Processes.All(process => !process.Process!.IsAlive()));
        await UntilAsync(EndDeadline, () => running.Processes.All(process => PortCheck.IsFree(process.Port!.Value)));

        await using var second = await StartAsync("--slot", $"{running.Slot}");
        var again = new SandboxRegistry(_home.Layout).Read(running.Slot)!;
        var (exitCode, _, error) = await UnixProcess.RunAsync([Path.Combine(_programs, "Ktrdr.AppHost"), "stop", "--slot", "41"], "", _home.Root, EndDeadline, CancellationToken.None);
        Assert.Equal((2, "--slot is '41': allowed is a whole number from 0 to 40."), (exitCode, error.Trim()));

        UnixProcess.Signal(second.Process.Id, UnixProcess.Terminate);
        using var limit = new CancellationTokenSource(EndDeadline);
        await second.Process.WaitForExitAsync(limit.Token);
        Assert.Equal(0, second.Process.ExitCode);
        Assert.All(again.Processes, process => Assert.False(process.Process!.IsAlive()));
        Assert.Equal(SandboxStatus.Stopped, new SandboxRegistry(_home.Layout).Read(running.Slot)!.Status);
    }

    private async Task<RunningHost> StartAsync(params string[] options)
    {
        var start = UnixProcess.StartInfo([Path.Combine(_programs, "Ktrdr.AppHost"), "--workers", "backtest=1,training=1", .. options], _home.Root);
        start.Environment[SandboxLayout.HomeVariable] = _home.Layout.Home;
        // The full edition would take containers where there is an engine; these tests look at processes.
        start.Environment["KTRDR_REALISATION"] = "native";
        start.Environment["DOTNET_ROOT"] = ProgramFolder.DotnetRoot;
        var process = new Process { StartInfo = start };
        process.Start();
        var errors = process.StandardError.ReadToEndAsync();
        var host = new RunningHost(process);
        using var limit = new CancellationTokenSource(StartDeadline);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("running at http://127.0.0.1:", StringComparison.Ordinal))
            {
                return host;
            }
        }

        await host.DisposeAsync();
        throw new InvalidOperationException($"The AppHost did not start: {await errors}");
    }

    private static async Task<HttpStatusCode> GetAsync(string url)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(url));
        return answer.StatusCode;
    }

    private static async Task UntilAsync(TimeSpan deadline, Func<bool> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < deadline, "it did not happen in time");
            await Task.Delay(50);
        }
    }

    /// <summary>Whatever the test's outcome, the host and what it started end with the test.</summary>
    private sealed record RunningHost(Process Process) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (!Process.HasExited)
            {
                UnixProcess.Signal(Process.Id, UnixProcess.Terminate);
                await Process.WaitForExitAsync();
            }

            Process.Dispose();
        }
    }
}
