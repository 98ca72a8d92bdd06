using System.Text.Json.Nodes;
using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Contracts;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Deploy;

public sealed class PrometheusFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The Api knows bearer tokens only, and Prometheus 2.42 sends discovery's token bare unless the type is said.</summary>
    [Fact]
    public void Write_Always_SaysTheTypeOfEachToken()
    {
        var lines = Configuration(new PrometheusPlace(25, "http://127.0.0.1:8025", "/a'b/reader.token", TimeSpan.FromSeconds(5))).Split('\n', StringSplitOptions.TrimEntries);

        Assert.Equal(2, lines.Count(line => line == "credentials_file: '/a''b/reader.token'"));
        Assert.Equal(2, lines.Index().Count(line => line.Item == "type: Bearer" && lines[line.Index - 1] == "authorization:" && lines[line.Index + 1].StartsWith("credentials_file:", StringComparison.Ordinal)));
        Assert.Contains("- url: http://127.0.0.1:8025/api/v1/prometheus/targets", lines);
    }

    [Fact]
    public void Write_ForAPlace_FillsInEveryName()
    {
        var text = Configuration(new PrometheusPlace(3, "http://api:8003", "/run/secrets/reader", TimeSpan.FromSeconds(0.5)) { LoopbackPorts = new Dictionary<int, string> { [5023] = "machine:45023" } });

        Assert.DoesNotContain(text.Split('\n'), line => !line.StartsWith('#') && line.Contains("${", StringComparison.Ordinal));
        Assert.Contains("scrape_interval: 500ms", text, StringComparison.Ordinal);
        Assert.Contains("slot: \"3\"", text, StringComparison.Ordinal);
        Assert.Contains("machine:45023", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Fill_AnUnknownName_IsRefusedByName()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => PrometheusFiles.Fill("a: ${KTRDR_MOON}\n", Place()));

        Assert.Contains("KTRDR_MOON", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OverAnEarlierVersion_LeavesTheRulesOfTheCloneAlone()
    {
        PrometheusFiles.Write(_folder.Path, Place());
        File.WriteAllText(_folder.File("rules/gone.yml"), "groups: []");

        PrometheusFiles.Write(_folder.Path, Place());

        var committed = Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "prometheus", "rules")).ToDictionary(f => Path.GetFileName(f), File.ReadAllText);
        Assert.Equal(committed, Directory.GetFiles(_folder.File("rules")).ToDictionary(f => Path.GetFileName(f), File.ReadAllText));
        Assert.True(Directory.Exists(_folder.File("targets")));
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData(" ", 5)]
    [InlineData("0.5", 0.5)]
    public void IntervalOf_ANumberOfSeconds_IsTaken(string? text, double seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), PrometheusServer.IntervalOf(text));

    [Theory]
    [InlineData("0")]
    [InlineData("5s")]
    [InlineData("NaN")]
    [InlineData("601")]
    public void IntervalOf_AnythingElse_IsRefusedByName(string text)
        => Assert.Contains($"KTRDR_SCRAPE_SECONDS is '{text}'", Assert.Throws<SandboxException>(() => PrometheusServer.IntervalOf(text)).Message, StringComparison.Ordinal);

    [PrometheusFact]
    public async Task Promtool_ChecksConfigurationAndRules_AndFindsNothing()
    {
        await File.WriteAllTextAsync(_folder.File("reader.token"), "secret");
        var path = PrometheusFiles.Write(_folder.Path, Place());

        var (exitCode, output) = await Promtool.RunAsync("check", "config", path);

        Assert.True(exitCode == 0, output);
        Assert.Equal(Directory.GetFiles(_folder.File("rules")).Length, output.Split("rules found").Length - 1);
    }

    /// <summary>As under Aspire: services register loopback addresses, and each is reached at another one.</summary>
    [PrometheusFact]
    public async Task Promtool_DiscoversTargetsOfAnotherMachine_AndFindsThemWhereTheyAreReached()
    {
        await File.WriteAllTextAsync(_folder.File("reader.token"), "secret");
        await using var api = await EchoServer.StartAsync();
        api.Body = """[{"targets":["reached:45000"],"labels":{"job":"ktrdr-api"}},{"targets":["localhost:5003"],"labels":{"job":"ktrdr-worker"}},{"targets":["127.0.0.1:5004"]},{"targets":["localhost:50031"]}]""";
        var ports = new Dictionary<int, string> { [8000] = "reached:45000", [5003] = "reached:45003", [5004] = "elsewhere:5004" };
        var path = PrometheusFiles.Write(_folder.Path, Place() with { ApiUrl = api.Url.ToString().TrimEnd('/'), LoopbackPorts = ports });

        var (exitCode, output) = await Promtool.RunAsync("check", "service-discovery", "--timeout=1s", path, "ktrdr");

        Assert.True(exitCode == 0, output);
        var targets = JsonNode.Parse(output)!.AsArray().Select(target => $"{target!["labels"]!["__address__"]} {target["labels"]!["job"]}");
        Assert.Equal(["elsewhere:5004 ktrdr", "localhost:50031 ktrdr", "reached:45000 ktrdr-api", "reached:45003 ktrdr-worker"], targets.Order(StringComparer.Ordinal));
        Assert.Contains(api.Requests, request => request.Target == "/api/v1/prometheus/targets" && request.Headers["Authorization"] == "Bearer secret");
    }

    [PrometheusFact]
    public async Task Promtool_RunsTheTestsOfTheRules_AndAllPass()
    {
        var tests = Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "prometheus", "tests"), "*.yml");
        Assert.NotEmpty(tests);

        var (exitCode, output) = await Promtool.RunAsync(["test", "rules", .. tests]);

        Assert.True(exitCode == 0, output);
    }

    private PrometheusPlace Place() => new(0, "http://127.0.0.1:8000", _folder.File("reader.token"), TimeSpan.FromSeconds(5));

    private string Configuration(PrometheusPlace place) => File.ReadAllText(PrometheusFiles.Write(_folder.Path, place));
}
