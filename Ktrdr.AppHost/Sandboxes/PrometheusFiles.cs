using System.Globalization;
using System.Text.RegularExpressions;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>Where one Prometheus runs, as it sees the world.</summary>
/// <param name="ApiUrl">Where it reaches the Api.</param>
/// <param name="TokenFile">The reader's token, as Prometheus finds it.</param>
/// <param name="Loopback">The name by which it reaches services of this machine that registered a loopback address.</param>
/// <param name="ScrapeInterval">Of targets and rules.</param>
public sealed record PrometheusPlace(int Slot, string ApiUrl, string TokenFile, string Loopback, TimeSpan ScrapeInterval);

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

        foreach (var name in typeof(PrometheusFiles).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Resources, StringComparison.Ordinal)))
        {
            var relative = name[Resources.Length..];
            var path = Path.Combine(folder, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var text = Read(name);
            File.WriteAllText(path, relative == Configuration ? Fill(text, place) : text);
        }

        // Prometheus watches the folder of further targets; it complains about one that is not there.
        Directory.CreateDirectory(Path.Combine(folder, "targets"));
        return Path.Combine(folder, Configuration);
    }

    /// <exception cref="InvalidOperationException">The template has a name that is not known here.</exception>
    internal static string Fill(string template, PrometheusPlace place)
    {
        // A comment may speak of the names.
        var lines = template.Split('\n').Select(line => line.TrimStart().StartsWith('#') ? line : Name().Replace(line, match => match.Groups[1].Value switch
        {
            "KTRDR_SLOT" => place.Slot.ToString(CultureInfo.InvariantCulture),
            "KTRDR_API_URL" => place.ApiUrl,
            "KTRDR_READER_TOKEN_FILE" => $"'{place.TokenFile.Replace("'", "''", StringComparison.Ordinal)}'",
            "KTRDR_LOOPBACK" => place.Loopback,
            "KTRDR_SCRAPE_INTERVAL" => Milliseconds(place.ScrapeInterval),
            "KTRDR_DISCOVERY_INTERVAL" => Milliseconds(2 * place.ScrapeInterval),
            var unknown => throw new InvalidOperationException($"{Configuration} has ${{{unknown}}}, which nothing fills in."),
        }));
        return string.Join('\n', lines);
    }

    private static string Milliseconds(TimeSpan interval) => string.Create(CultureInfo.InvariantCulture, $"{interval.TotalMilliseconds:0}ms");

    private static string Read(string resource)
    {
        using var reader = new StreamReader(typeof(PrometheusFiles).Assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\$\{(\w+)\}")]
    private static partial Regex Name();
}
