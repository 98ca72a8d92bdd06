using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.EndToEnd;

/// <summary>One running sandbox, used through the command line, and checked against what the Api and the page say.</summary>
[Collection(SandboxCollection.Name)]
public sealed class DoorsTests(RunningSandbox sandbox) : IClassFixture<RunningSandbox>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
        Assert.Contains("probe_doors", (await sandbox.CliAsync("strategies", "list")).Output, StringComparison.Ordinal);

        foreach (var finished in new[] { trained, tested })
        {
            var again = await JsonAsync("operations", "reproduce", finished.GetProperty("id").GetString()!, "--follow");
            Assert.True(again.GetProperty("result").GetProperty("is_equal").GetBoolean(), again.ToString());
        }

        Assert.Single((await JsonAsync("models", "list")).EnumerateArray(), listed => listed.GetProperty("strategy").GetString() == "probe_doors");

        var operations = await JsonAsync("operations", "list");
        Assert.Equal(
            (await ApiAsync("/api/v1/operations")).GetProperty("items").EnumerateArray().Select(operation => operation.GetProperty("id").GetString()),
            operations.EnumerateArray().Select(operation => operation.GetProperty("id").GetString()));

        var trace = await JsonAsync("ops", "trace", tested.GetProperty("id").GetString()!);
        Assert.Superset(new HashSet<string?> { "api", "worker-backtest" }, trace.EnumerateArray().Select(span => span.GetProperty("service").GetString()).ToHashSet());
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

        var good = await sandbox.CliAsync("indicators", "calculate", "sma", "--params", "period=5", "--input", input, "--output", output);
        Assert.True(good.ExitCode == 0, good.Error);
        var lines = await File.ReadAllLinesAsync(output);
        Assert.Equal(31, lines.Length);
        Assert.EndsWith(",127", lines[^1], StringComparison.Ordinal);

        File.Delete(output);
        var bad = await sandbox.CliAsync("indicators", "calculate", "sma", "--params", "period=1", "--input", input, "--output", output);
        Assert.Equal(2, bad.ExitCode);
        Assert.Contains("period", bad.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", bad.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));

        var unknown = await sandbox.CliAsync("indicators", "calculate", "smaa", "--input", input);
        Assert.Contains("smaa", unknown.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, unknown.ExitCode);
    }

    [Fact]
    public async Task Page_WithoutASession_SaysHowToGetIn()
    {
        using var client = new HttpClient();
        var page = await client.GetStringAsync(new Uri(sandbox.Url));
        Assert.Contains("<html", page, StringComparison.Ordinal);

        using var browser = new HttpClient();
        var link = (await sandbox.CliAsync("token", "--link")).Output.Trim();
        using var entered = await browser.GetAsync(new Uri(link));
        Assert.True(entered.IsSuccessStatusCode, link);
        using var workers = await browser.GetAsync(new Uri($"{sandbox.Url}/api/v1/workers"));
        Assert.Equal(System.Net.HttpStatusCode.OK, workers.StatusCode);

        using var refused = await client.GetAsync(new Uri($"{sandbox.Url}/api/v1/workers"));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
    }

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var run = await sandbox.CliAsync([.. arguments, "--json"]);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', arguments)}: {run.Error}");
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private async Task<JsonElement> ApiAsync(string path)
    {
        using var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await sandbox.CliAsync("token")).Output.Trim());
        return JsonDocument.Parse(await client.GetStringAsync(new Uri(sandbox.Url + path))).RootElement;
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
