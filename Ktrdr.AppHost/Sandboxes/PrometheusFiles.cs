using System.Globalization;
using System.Text.RegularExpressions;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>Where one Prometheus runs, as it sees the world.</summary>
/// <param name="ApiUrl">Where it reaches the Api.</param>
/// <param name="TokenFile">The reader's token, as Prometheus finds it.</param>
/// <param name="ScrapeInterval">Of targets and rules.</param>
public sealed record PrometheusPlace(int Slot, string ApiUrl, string TokenFile, TimeSpan ScrapeInterval)
{
    /// <summary>At which address it reaches a port of the machine's loopback address; empty where it reaches that address itself, or nobody registers it.</summary>
    public IReadOnlyDictionary<int, string> LoopbackPorts { get; init; } = new Dictionary<int, string>();
}

/// <summary>The configuration and rules of <c>deploy/prometheus</c>, which this assembly carries, written down for one Prometheus.</summary>
public static partial class PrometheusFiles
{
    public const string Configuration = "prometheus.yml";

    private const string Resources = "deploy/prometheus/";

    /// <summary>Writes everything below a folder, and deletes rules that are no longer there.</summary>
    /// <returns>The configuration's path.</returns>
    public static string Write(string folder, PrometheusPlace place)
    {
        var rules = Path.Combine(folder, "rules");
        if (Directory.Exists(rules))
        {
            Directory.Delete(rules, recursive: true);
        }

        foreach (var (name, text) in Of(place))
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        // Prometheus watches the folder of further targets; it complains about one that is not there.
        Directory.CreateDirectory(Path.Combine(folder, "targets"));
        return Path.Combine(folder, Configuration);
    }

    /// <summary>The configuration and the rules, by their path below Prometheus' folder.</summary>
    internal static IEnumerable<(string Name, string Text)> Of(PrometheusPlace place)
        => typeof(PrometheusFiles).Assembly.GetManifestResourceNames().Where(resource => resource.StartsWith(Resources, StringComparison.Ordinal))
            .Select(resource => (Name: resource[Resources.Length..], Text: Read(resource)))
            .Select(file => file.Name == Configuration ? file with { Text = Fill(file.Text, place) } : file);

    /// <exception cref="InvalidOperationException">The template has a name that is not known here.</exception>
    internal static string Fill(string template, PrometheusPlace place)
        => string.Join('\n', template.Split('\n').SelectMany(line =>
            // A comment may speak of the names.
            line.TrimStart().StartsWith('#') ? [line]
            // A line for each port.
            : line.Contains("${KTRDR_LOOPBACK_", StringComparison.Ordinal) ? place.LoopbackPorts.OrderBy(port => port.Key).Select(port => Fill(line, place, port))
            : [Fill(line, place, default)]));

    private static string Fill(string line, PrometheusPlace place, KeyValuePair<int, string> loopback) => Name().Replace(line, match => match.Groups[1].Value switch
    {
        "KTRDR_SLOT" => place.Slot.ToString(CultureInfo.InvariantCulture),
        "KTRDR_API_URL" => place.ApiUrl,
        "KTRDR_READER_TOKEN_FILE" => $"'{place.TokenFile.Replace("'", "''", StringComparison.Ordinal)}'",
        "KTRDR_LOOPBACK_PORT" => loopback.Key.ToString(CultureInfo.InvariantCulture),
        "KTRDR_LOOPBACK_ADDRESS" => loopback.Value,
        "KTRDR_SCRAPE_INTERVAL" => Milliseconds(place.ScrapeInterval),
        "KTRDR_DISCOVERY_INTERVAL" => Milliseconds(2 * place.ScrapeInterval),
        var unknown => throw new InvalidOperationException($"{Configuration} has ${{{unknown}}}, which nothing fills in."),
    });

    private static string Milliseconds(TimeSpan interval) => string.Create(CultureInfo.InvariantCulture, $"{interval.TotalMilliseconds:0}ms");

    private static string Read(string resource)
    {
        using var reader = new StreamReader(typeof(PrometheusFiles).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\$\{(\w+)\}")]
    private static partial Regex Name();
}
