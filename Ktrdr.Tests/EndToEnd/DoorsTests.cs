using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ktrdr.Tests.Runs;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.EndToEnd;

/// <summary>One running sandbox, used through the command line, and checked against what the Api and the page say.</summary>
[Collection(SandboxCollection.Name)]
public sealed class DoorsTests(RunningSandbox sandbox) : IClassFixture<RunningSandbox>, IDisposable
{
    private static readonly string Strategy = RunDocuments.Heat.Replace("small_heat", "probe_doors", StringComparison.Ordinal).Replace("SYNTH", "PLANT", StringComparison.Ordinal);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CommandLine_FromDataToLeaderboard_ShowsWhatTheApiHolds()
    {
        var generated = await JsonAsync("data", "generate", "planted", "--seed", "3", "--bars", "8000", "--symbol", "PLANT");
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
        var orders = (await ApiAsync($"/api/v1/backtests/{tested.GetProperty("id").GetString()}/orders")).EnumerateArray().ToList();
        Assert.Equal(2 * trades, orders.Count(order => order.GetProperty("status").GetString() is "filled" or "reduced"));
        Assert.All(orders.Where(order => order.GetProperty("status").GetString() == "filled"), order => Assert.True(order.GetProperty("price").GetDouble() > 0));
        Assert.All(stored.EnumerateArray(), trade => Assert.StartsWith("1h_heat_", trade.GetProperty("reason").GetString(), StringComparison.Ordinal));
        Assert.Equal(model, (await JsonAsync("models", "show", model)).GetProperty("id").GetString());
        var exported = _folder.File("exported");
        await JsonAsync("models", "export", model, exported);
        Assert.Equal(["model.json", "model.onnx", "strategy.yaml", "weights.safetensors"], Directory.EnumerateFiles(exported).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("probabilities", System.Text.RegularExpressions.Regex.Match(Encoding.Latin1.GetString(await File.ReadAllBytesAsync(Path.Combine(exported, "model.onnx"))), "probabilities").Value);
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
    public async Task CommandLine_StrategyDocuments_AreCheckedComparedAndMended()
    {
        var (document, old, changed) = (_folder.File("probe.yaml"), _folder.File("old.yaml"), _folder.File("changed.yaml"));
        await File.WriteAllTextAsync(document, Strategy);
        await File.WriteAllTextAsync(old, Strategy.Replace("\"3.1\"", "\"3.0\"", StringComparison.Ordinal).Replace("name: probe_doors", "name: probe_doors\nscope: universal  # gone", StringComparison.Ordinal));
        await File.WriteAllTextAsync(changed, Strategy.Replace("period: 14", "period: 21", StringComparison.Ordinal).Replace("name: probe_doors", "name: probe_changed", StringComparison.Ordinal));

        var schema = await sandbox.CliAsync("strategies", "schema", "--out", _folder.File("schema.json"));
        Assert.True(schema.ExitCode == 0, schema.Error);
        Assert.Contains("nn_inputs", await File.ReadAllTextAsync(_folder.File("schema.json")), StringComparison.Ordinal);
        Assert.Contains("regime_route", (await sandbox.CliAsync("strategies", "schema", "--ensemble")).Output, StringComparison.Ordinal);

        Assert.Equal(["1h_heat_cold", "1h_heat_mild", "1h_heat_hot"], (await JsonAsync("strategies", "features", document)).EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(0, (await sandbox.CliAsync("strategies", "save", changed)).ExitCode);
        Assert.Equal("1h_heat_cold\n1h_heat_mild\n1h_heat_hot\n", (await sandbox.CliAsync("strategies", "features", "probe_changed@1")).Output.ReplaceLineEndings("\n"));

        var differences = await JsonAsync("strategies", "diff", document, "probe_changed@1");
        Assert.Equal(["name", "indicators.rsi_14.period"], differences.GetProperty("differences").EnumerateArray().Select(d => d.GetProperty("path").GetString()));
        Assert.Contains("indicators.rsi_14.period", (await sandbox.CliAsync("strategies", "diff", document, changed)).Output, StringComparison.Ordinal);

        var migrated = await sandbox.CliAsync("strategies", "migrate", old, "-o", _folder.File("new.yaml"));
        Assert.True(migrated.ExitCode == 0, migrated.Error);
        Assert.Contains("scope", migrated.Error, StringComparison.Ordinal);
        Assert.Equal(Strategy, await File.ReadAllTextAsync(_folder.File("new.yaml")));
        Assert.Equal(Strategy, (await sandbox.CliAsync("strategies", "migrate", old)).Output);

        await File.WriteAllTextAsync(old, "name: x\nindicators:\n- {name: RSI}\n");
        var refused = await sandbox.CliAsync("strategies", "migrate", old);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("v1 and v2", refused.Error, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
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
}
