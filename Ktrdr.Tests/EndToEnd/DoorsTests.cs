using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.EndToEnd;

/// <summary>One running sandbox, used through the command line, and checked against what the Api and the page say.</summary>
[Collection(SandboxCollection.Name)]
public sealed class DoorsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly AppHostRun _sandbox = AppHostRun.Start("--workers", "backtest=1,training=1");
    private readonly TemporaryFolder _folder = new();
    private int _slot;
    private string _url = "";

    public async Task InitializeAsync()
    {
        var waited = Stopwatch.StartNew();
        while (_url.Length == 0)
        {
            foreach (var file in Directory.Exists(Path.Combine(_sandbox.Home, "sandboxes")) ? Directory.EnumerateFiles(Path.Combine(_sandbox.Home, "sandboxes"), "sandbox.json", SearchOption.AllDirectories) : [])
            {
                var sandbox = JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement;
                if (sandbox.GetProperty("status").GetString() == "running")
                {
                    (_slot, _url) = (sandbox.GetProperty("slot").GetInt32(), sandbox.GetProperty("url").GetString()!);
                }
            }

            Assert.True(waited.Elapsed < Patience, "The sandbox was not ready in time.");
            await Task.Delay(50);
        }
    }

    public async Task DisposeAsync()
    {
        await CliAsync("sandbox", "down");
        await _sandbox.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task CommandLine_FromDataToLeaderboard_ShowsWhatTheApiHolds()
    {
        var generated = await JsonAsync("data", "generate", "--kind", "planted", "--seed", "3", "--bars", "8000", "--symbol", "PLANT");
        Assert.Equal("succeeded", generated.GetProperty("status").GetString());
        Assert.True(generated.GetProperty("result").GetProperty("dataset").GetProperty("synthetic").GetBoolean());

        var document = _folder.File("probe.yaml");
        await File.WriteAllTextAsync(document, Strategy);
        var trained = await JsonAsync("train", document, "--follow");
        var model = trained.GetProperty("result").GetProperty("model_id").GetString()!;
        var tested = await JsonAsync("backtest", "probe_doors", "--model", model, "--follow");
        var trades = tested.GetProperty("result").GetProperty("metrics").GetProperty("trades").GetInt32();
        Assert.Empty(tested.GetProperty("result").GetProperty("leaks").EnumerateArray());

        var stored = await ApiAsync($"/api/v1/backtests/{tested.GetProperty("id").GetString()}/trades");
        Assert.Equal(trades, stored.GetArrayLength());
        Assert.Equal(model, (await JsonAsync("models", "show", model)).GetProperty("id").GetString());
        Assert.Contains("probe_doors", (await CliAsync("strategies", "list")).Output, StringComparison.Ordinal);

        var operations = await JsonAsync("operations", "list");
        Assert.Equal(
            (await ApiAsync("/api/v1/operations")).GetProperty("items").EnumerateArray().Select(operation => operation.GetProperty("id").GetString()),
            operations.EnumerateArray().Select(operation => operation.GetProperty("id").GetString()));

        var trace = await JsonAsync("ops", "trace", tested.GetProperty("id").GetString()!);
        Assert.Superset(new HashSet<string?> { "ktrdr-api" }, trace.EnumerateArray().Select(span => span.GetProperty("service").GetString()).ToHashSet());
        Assert.Single(trace.EnumerateArray().Select(span => span.GetProperty("trace_id").GetString()).Distinct());
    }

    [Fact]
    public async Task CommandLine_CalculateAnIndicator_WritesACsvOrNothing()
    {
        var bars = new StringBuilder("# {\"a comment\": 1}\ndate,close\n");
        for (var day = 0; day < 30; day++)
        {
            bars.Append(CultureInfo.InvariantCulture, $"{new DateTime(2020, 1, 1).AddDays(day):yyyy-MM-dd},{100 + day}\n");
        }

        var (input, output) = (_folder.File("bars.csv"), _folder.File("out.csv"));
        await File.WriteAllTextAsync(input, bars.ToString());

        var good = await CliAsync("indicators", "calculate", "sma", "--params", "period=5", "--input", input, "--output", output);
        Assert.True(good.ExitCode == 0, good.Error);
        var lines = await File.ReadAllLinesAsync(output);
        Assert.Equal(31, lines.Length);
        Assert.EndsWith(",127", lines[^1], StringComparison.Ordinal);

        File.Delete(output);
        var bad = await CliAsync("indicators", "calculate", "sma", "--params", "period=1", "--input", input, "--output", output);
        Assert.Equal(2, bad.ExitCode);
        Assert.Contains("period", bad.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", bad.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));

        var unknown = await CliAsync("indicators", "calculate", "smaa", "--input", input);
        Assert.Contains("smaa", unknown.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, unknown.ExitCode);
    }

    [Fact]
    public async Task Page_WithoutASession_SaysHowToGetIn()
    {
        using var client = new HttpClient();
        var page = await client.GetStringAsync(new Uri(_url));
        Assert.Contains("<html", page, StringComparison.Ordinal);

        using var refused = await client.GetAsync(new Uri($"{_url}/api/v1/workers"));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var run = await CliAsync([.. arguments, "--json"]);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', arguments)}: {run.Error}");
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private async Task<JsonElement> ApiAsync(string path)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await CliAsync("token")).Output.Trim());
        return JsonDocument.Parse(await client.GetStringAsync(new Uri(_url + path))).RootElement;
    }

    private async Task<(int ExitCode, string Output, string Error)> CliAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ktrdr.dll"), .. arguments, "--slot", _slot.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
            Environment = { ["KTRDR_HOME"] = _sandbox.Home },
        };
        start.Environment.Remove("KTRDR_URL");
        start.Environment.Remove("KTRDR_TOKEN");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output, await error);
    }

    private const string Strategy = """
        name: probe_doors
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: PLANT}
          timeframes: {mode: single, timeframe: 1h}
        indicators:
          rsi_14: {type: rsi, period: 14}
        fuzzy_sets:
          heat:
            indicator: rsi_14
            cold: {type: trapezoidal, parameters: [0, 0, 30, 45]}
            mild: {type: triangular, parameters: [35, 50, 65]}
            hot: {type: trapezoidal, parameters: [55, 70, 100, 100]}
        nn_inputs:
          - {fuzzy_set: heat, timeframes: all}
        model: {type: mlp, architecture: {hidden_layers: [8], activation: relu, dropout: 0}}
        decisions:
          output_format: classification
          confidence_threshold: 0.34
          allow_short_from_flat: true
        training:
          labels: {source: triple_barrier, pt_multiplier: 2, sl_multiplier: 2, max_holding_period: 12}
          epochs: 5
        """;
}
