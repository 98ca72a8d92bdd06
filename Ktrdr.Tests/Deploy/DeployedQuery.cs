using System.Text.Json;
using System.Text.RegularExpressions;
using Ktrdr.Tests.Support;

namespace Ktrdr.Tests.Deploy;

/// <summary>A query of a dashboard or rule, and where it stands.</summary>
/// <param name="Where">File and panel or rule.</param>
internal sealed partial record DeployedQuery(string Where, string Expression)
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "deploy");

    public static IReadOnlyList<string> DashboardFiles { get; } = [.. Directory.GetFiles(Path.Combine(Folder, "grafana", "dashboards"), "*.json").Order(StringComparer.Ordinal)];

    public static IReadOnlyList<string> RuleFiles { get; } = [.. Directory.GetFiles(Path.Combine(Folder, "prometheus", "rules"), "*.yml").Order(StringComparer.Ordinal)];

    public static JsonElement Read(string dashboard) => JsonDocument.Parse(File.ReadAllText(dashboard)).RootElement;

    /// <summary>All panels but the rows that head them.</summary>
    public static IEnumerable<JsonElement> Panels(JsonElement dashboard) => dashboard.GetProperty("panels").EnumerateArray().Where(panel => panel.GetProperty("type").GetString() != "row");

    /// <summary>Every query of every panel and variable.</summary>
    public static IEnumerable<DeployedQuery> OfDashboards() =>
        from file in DashboardFiles
        let dashboard = Read(file)
        from query in (from panel in Panels(dashboard)
                       from target in panel.GetProperty("targets").EnumerateArray()
                       select new DeployedQuery($"{Path.GetFileName(file)}: {panel.GetProperty("title").GetString()}", target.GetProperty("expr").GetString()!))
                      .Concat(from variable in dashboard.GetProperty("templating").GetProperty("list").EnumerateArray()
                              select new DeployedQuery($"{Path.GetFileName(file)}: ${variable.GetProperty("name").GetString()}", VariableMetric().Match(variable.GetProperty("query").GetProperty("query").GetString()!).Groups[1].Value))
        select query;

    /// <summary>Every rule. An alert's comparisons give 0 or 1 here instead of nothing or something: in a healthy sandbox it must be seen that there was something to compare.</summary>
    public static IEnumerable<DeployedQuery> OfRules() =>
        from file in RuleFiles
        from rule in Yaml.Read(file)["groups"].Items().SelectMany(part => part["rules"].Items())
        let isAlert = rule.Children.ContainsKey("alert")
        let expression = rule["expr"].ToString()
        select new DeployedQuery($"{Path.GetFileName(file)}: {rule[isAlert ? "alert" : "record"]}", isAlert ? Comparison().Replace(expression, "$0 bool ") : expression);

    /// <summary>The metrics that it speaks of.</summary>
    public IReadOnlySet<string> Metrics() =>
        MetricName().Matches(Braces().Replace(Strings().Replace(Expression, ""), "")).Select(m => m.Value)
            .Where(name => name.Contains('_', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal) || name is "up" or "ALERTS")
            .Where(name => name != "histogram_quantile").ToHashSet(StringComparer.Ordinal);

    /// <summary>As Grafana sends it with every variable at "All".</summary>
    public string Filled(string rateInterval) => Variable().Replace(Expression.Replace("$__rate_interval", rateInterval, StringComparison.Ordinal), ".+");

    // Not within the matchers of a series, where the same signs mean something else.
    [GeneratedRegex(@"(?<![=!<>])(?:[<>]=?|==|!=)(?![=~])(?![^{]*\})")]
    private static partial Regex Comparison();

    [GeneratedRegex(@"label_values\(([^,]+), \w+\)")]
    private static partial Regex VariableMetric();

    [GeneratedRegex(@"\$\w+")]
    private static partial Regex Variable();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Strings();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without|ignoring)\s*\([^)]*\)")]
    private static partial Regex Braces();

    [GeneratedRegex(@"[a-zA-Z][\w:]*")]
    private static partial Regex MetricName();
}
