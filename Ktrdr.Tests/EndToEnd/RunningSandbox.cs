using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Ktrdr.Tests.EndToEnd;

/// <summary>A whole sandbox that several tests use, started as a person starts it.</summary>
public sealed class RunningSandbox : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private AppHostRun _run = null!;
    private int _slot;

    public string Url { get; private set; } = "";

    public async Task InitializeAsync()
    {
        _run = AppHostRun.Start("--workers", "backtest=1,training=1");
        var waited = Stopwatch.StartNew();
        while (Url.Length == 0)
        {
            foreach (var sandbox in _run.Sandboxes().Where(sandbox => sandbox.GetProperty("status").GetString() == "running"))
            {
                (_slot, Url) = (sandbox.GetProperty("slot").GetInt32(), sandbox.GetProperty("url").GetString()!);
            }

            if (_run.HasExited || waited.Elapsed > Patience)
            {
                var (exitCode, output, error) = await _run.ExitAsync(TimeSpan.Zero);
                throw new InvalidOperationException($"The sandbox did not start ({exitCode}):\n{output}\n{error}");
            }

            await Task.Delay(50);
        }
    }

    public async Task DisposeAsync()
    {
        await CliAsync("sandbox", "down");
        await _run.DisposeAsync();
    }

    /// <summary>Runs <c>ktrdr</c> against this sandbox.</summary>
    public async Task<(int ExitCode, string Output, string Error)> CliAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ktrdr.dll"), .. arguments, "--slot", _slot.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _run.Home,
            Environment = { ["KTRDR_HOME"] = _run.Home },
        };
        start.Environment.Remove("KTRDR_URL");
        start.Environment.Remove("KTRDR_TOKEN");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output, await error);
    }
}
