using System.Text.Json;
using Ktrdr.AppHost.Native;
using Xunit;

namespace Ktrdr.Tests.EndToEnd;

/// <summary>One demo that several tests look at: its result, and what its own Prometheus recorded of it. It runs when the first of them asks.</summary>
public sealed class RecordedDemo : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    // On a fast machine a training takes less than half a second, and it must be seen at work.
    private const string ScrapeSeconds = "0.2";

    private readonly Lazy<Task<JsonElement>> _result;
    private AppHostRun? _run;

    public RecordedDemo() => _result = new Lazy<Task<JsonElement>>(RunAsync);

    public Task<JsonElement> ResultAsync() => _result.Value;

    /// <summary>The folder of the samples, five a second, after the demo's Prometheus has ended.</summary>
    public async Task<string> SamplesAsync()
    {
        await ResultAsync();
        return Directory.EnumerateDirectories(_run!.Home, "data", SearchOption.AllDirectories).Single(folder => Path.GetFileName(Path.GetDirectoryName(folder)) == "prometheus");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_run is not null)
        {
            await _run.DisposeAsync();
        }
    }

    private async Task<JsonElement> RunAsync()
    {
        _run = AppHostRun.StartWith(new() { [PrometheusServer.IntervalVariable] = ScrapeSeconds }, "demo", "--exit", "--cycles", "2", "--seed", "7", "--workers", "backtest=1,training=1");
        return await _run.DemoResultAsync(Patience);
    }
}
