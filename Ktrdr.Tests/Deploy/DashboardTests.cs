using System.Text.Json;
using System.Text.RegularExpressions;
using Ktrdr.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ktrdr.Tests.Deploy;

public sealed partial class DashboardTests
{
    // What Grafana calls the units that the panels use.
    private static readonly string[] Units = ["none", "short", "s", "bytes", "Bps", "percentunit", "reqps", "ops", "opm", "cps"];

    [Fact]
    public void Files_AllFive_AreThereUnderStableUids()
    {
        var uids = DeployedQuery.DashboardFiles.ToDictionary(file => Path.GetFileNameWithoutExtension(file), file => DeployedQuery.Read(file).GetProperty("uid").GetString());

        Assert.Equal(["operations", "research", "system", "training", "workers"], uids.Keys.Order(StringComparer.Ordinal));
        Assert.All(uids, uid => Assert.Equal($"ktrdr-{uid.Key}", uid.Value));
    }

    [Fact]
    public void Panels_OfEveryDashboard_SayWhatTheyShowFromAProvisionedSource()
    {
        var sources = Provisioned("datasources", "datasources");

        foreach (var (file, panel) in from file in DeployedQuery.DashboardFiles from panel in DeployedQuery.Panels(DeployedQuery.Read(file)) select (Path.GetFileName(file), panel))
        {
            var where = $"{file}: {panel.GetProperty("title").GetString()}";
            Assert.True(panel.GetProperty("description").GetString() is { Length: > 5 }, where);
            Assert.True(sources.Contains(panel.GetProperty("datasource").GetProperty("uid").GetString()!), where);
            Assert.All(panel.GetProperty("targets").EnumerateArray(), target => Assert.True(sources.Contains(target.GetProperty("datasource").GetProperty("uid").GetString()!), where));
            if (panel.GetProperty("type").GetString() is "timeseries" or "stat")
            {
                Assert.True(Units.Contains(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()), where);
            }
        }
    }

    [Fact]
    public void Panels_OfOneDashboard_HaveOneIdEachAndDoNotOverlap()
    {
        foreach (var file in DeployedQuery.DashboardFiles)
        {
            var panels = DeployedQuery.Read(file).GetProperty("panels").EnumerateArray().ToList();
            Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
            var cells = panels.Select(p => p.GetProperty("gridPos")).SelectMany(g =>
                from x in Enumerable.Range(Number(g, "x"), Number(g, "w"))
                from y in Enumerable.Range(Number(g, "y"), Number(g, "h"))
                select (x, y)).ToList();
            Assert.Equal(cells.Count, cells.Distinct().Count());
            Assert.All(cells, cell => Assert.InRange(cell.x, 0, 23));
        }
    }

    /// <summary>Quick and without a sandbox: each of our metrics that is asked for is an instrument in the code, each recorded one a rule. That queries find data is tested against a real Prometheus.</summary>
    [Fact]
    public void Metrics_OfEveryQuery_AreInstrumentsOrRules()
    {
        var rules = DeployedQuery.RuleFiles.SelectMany(file => Yaml.Read(file)["groups"].Items()).SelectMany(part => part["rules"].Items()).Where(rule => rule.Children.ContainsKey("record")).Select(rule => rule["record"].ToString()).ToHashSet(StringComparer.Ordinal);
        var instruments = Directory.GetDirectories(Repository.Root, "Ktrdr.*").Where(folder => !folder.EndsWith(".Tests", StringComparison.Ordinal))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => InstrumentName().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value.Replace('.', '_'))).Distinct().ToList();
        var unit = new Regex("^(_seconds|_bytes|_ratio)?(_total|_bucket|_count|_sum)?$");

        var unknown = DeployedQuery.OfDashboards().Concat(DeployedQuery.OfRules())
            .SelectMany(query => query.Metrics().Select(metric => (query.Where, Metric: metric)))
            .Where(use => use.Metric.Contains(':', StringComparison.Ordinal)
                ? !rules.Contains(use.Metric)
                : use.Metric.StartsWith("ktrdr_", StringComparison.Ordinal) && !instruments.Any(name => use.Metric.StartsWith(name, StringComparison.Ordinal) && unit.IsMatch(use.Metric[name.Length..])))
            .ToList();

        Assert.Empty(unknown);
        Assert.True(instruments.Count > 25, $"{instruments.Count} instruments");
    }

    [Fact]
    public void Alerts_EachOne_SayWhatToDoAndHowBadItIs()
    {
        var alerts = DeployedQuery.RuleFiles.SelectMany(file => Yaml.Read(file)["groups"].Items()).SelectMany(part => part["rules"].Items()).Where(rule => rule.Children.ContainsKey("alert")).ToList();

        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert =>
        {
            Assert.Contains(alert["labels"]["severity"].ToString(), new[] { "page", "warn", "none" });
            Assert.NotEqual("", alert["annotations"]["summary"].ToString());
            Assert.NotEqual("", alert["annotations"]["action"].ToString());
        });
        var tests = string.Concat(Directory.GetFiles(Path.Combine(DeployedQuery.Folder, "prometheus", "tests")).Select(File.ReadAllText));
        Assert.All(alerts, alert => Assert.Contains(alert["alert"].ToString(), tests, StringComparison.Ordinal));
    }

    [Fact]
    public void Collector_EachPipeline_IsMadeOfPartsThatAreConfigured()
    {
        var configuration = Yaml.Read(Path.Combine(DeployedQuery.Folder, "otel-collector", "config.yaml"));
        var overlay = Yaml.Read(Path.Combine(DeployedQuery.Folder, "otel-collector", "aspire.yaml"));
        foreach (var (pipeline, extra) in new[] { (configuration["service"]["pipelines"], null), (overlay["service"]["pipelines"], overlay) })
        {
            foreach (var (name, parts) in ((YamlMappingNode)pipeline).Children)
            {
                foreach (var (role, names) in ((YamlMappingNode)parts).Children)
                {
                    Assert.All((YamlSequenceNode)names, part => Assert.True(
                        Has(configuration, role.ToString(), part) || (extra is not null && Has(extra, role.ToString(), part)), $"{name}: {role} {part}"));
                }
            }
        }

        Assert.Equal("health_check", ((YamlSequenceNode)configuration["service"]["extensions"]).Single().ToString());
        Assert.Equal("memory_limiter", configuration["service"]["pipelines"]["traces"]["processors"][0].ToString());
    }

    private static bool Has(YamlNode configuration, string role, YamlNode part) =>
        ((YamlMappingNode)configuration).Children.TryGetValue(role, out var parts) && ((YamlMappingNode)parts).Children.ContainsKey(part);

    [Fact]
    public void Provider_OfDashboards_ReadsOneFolder()
    {
        var provider = Yaml.Read(Path.Combine(DeployedQuery.Folder, "grafana", "provisioning", "dashboards", "ktrdr.yaml"))["providers"].Items().Single();

        Assert.Equal("/etc/ktrdr/dashboards", provider["options"]["path"].ToString());
        Assert.Contains("jaeger", Provisioned("datasources", "datasources"));
    }

    private static HashSet<string> Provisioned(string folder, string list) =>
        [.. Directory.GetFiles(Path.Combine(DeployedQuery.Folder, "grafana", "provisioning", folder)).SelectMany(file => Yaml.Read(file)[list].Items()).Select(item => item["uid"].ToString())];

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    [GeneratedRegex("\"(ktrdr\\.[a-z_.]+)\"")]
    private static partial Regex InstrumentName();
}
