using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Ktrdr.Tests.EndToEnd;

/// <summary>The demo as a newcomer runs it: the whole system, started, used and stopped.</summary>
[Collection(SandboxCollection.Name)]
public sealed class DemoTests(RecordedDemo recorded)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task Demo_SameSeedOtherWorkersAndAKilledOne_PrintsTheSameExperiments()
    {
        var calm = await recorded.ResultAsync();

        JsonElement disturbed;
        int killed;
        await using (var run = AppHostRun.Start("demo", "--exit", "--cycles", "2", "--seed", "7", "--workers", "backtest=3,training=2"))
        {
            killed = await KillATrainingWorkerAtWorkAsync(run);
            disturbed = await run.DemoResultAsync(Patience);
        }

        Assert.True(killed > 0);
        Assert.Equal(Comparable(calm), Comparable(disturbed));
        Assert.True(calm.GetProperty("synthetic").GetBoolean());
        Assert.All(calm.GetProperty("experiments").EnumerateArray(), experiment => Assert.Equal("done", experiment.GetProperty("status").GetString()));
    }

    /// <summary>What must be equal: everything but ids, addresses and times.</summary>
    private static string Comparable(JsonElement result)
    {
        var node = JsonNode.Parse(result.GetRawText())!.AsObject();
        foreach (var name in new[] { "slot", "url", "elapsed_seconds" })
        {
            Assert.True(node.Remove(name), name);
        }

        var experiments = node["experiments"]!.AsArray();
        Assert.Equal(2, experiments.Count);
        foreach (var experiment in experiments)
        {
            Assert.True(experiment!.AsObject().Remove("id"));
        }

        return node.ToJsonString();
    }

    /// <summary>Waits until a training worker of the run has an operation in hand, and kills it as the operating system would.</summary>
    private static async Task<int> KillATrainingWorkerAtWorkAsync(AppHostRun run)
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < Patience)
        {
            foreach (var process in run.Sandboxes().SelectMany(sandbox => sandbox.GetProperty("processes").EnumerateArray()))
            {
                if (process.GetProperty("name").GetString()!.StartsWith("training", StringComparison.Ordinal)
                    && process.GetProperty("process") is { ValueKind: JsonValueKind.Object } identity
                    && process.GetProperty("port") is { ValueKind: JsonValueKind.Number } port
                    && await IsBusyAsync(port.GetInt32()))
                {
                    using var worker = Process.GetProcessById(identity.GetProperty("pid").GetInt32());
                    worker.Kill();
                    return worker.Id;
                }
            }

            Assert.False(run.HasExited, "The demo ended before a training worker was seen at work.");
            await Task.Delay(10);
        }

        throw new TimeoutException("No training worker was ever seen at work.");
    }

    private static async Task<bool> IsBusyAsync(int port)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            var health = await client.GetStringAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/health")));
            return health.Contains("\"busy\"", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
