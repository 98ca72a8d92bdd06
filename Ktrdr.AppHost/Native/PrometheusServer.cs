using System.Globalization;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>The sandbox's own Prometheus, where the machine has one: it asks the Api which targets there are.</summary>
internal static class PrometheusServer
{
    public static string? Program => Executables.Find("prometheus");

    /// <summary>Writes the configuration and gives the command.</summary>
    public static IReadOnlyList<string> Prepare(string program, SandboxFolder folder, SandboxSecrets secrets, string apiUrl, int port)
    {
        Directory.CreateDirectory(folder.Prometheus);
        var configuration = Path.Combine(folder.Prometheus, "prometheus.yml");
        File.WriteAllText(configuration, Configuration(apiUrl, secrets.PathOf(SandboxSecrets.ReaderToken)));
        return
        [
            program,
            $"--config.file={configuration}",
            $"--storage.tsdb.path={Path.Combine(folder.Prometheus, "data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"),
            "--log.level=warn",
        ];
    }

    internal static string Configuration(string apiUrl, string tokenFile)
    {
        var credentials = $"'{tokenFile.Replace("'", "''", StringComparison.Ordinal)}'";
        // The type is said: Prometheus 2.42 sends discovery's token without a scheme when it is left to its default.
        return $"""
            global:
              scrape_interval: 5s
            scrape_configs:
              - job_name: ktrdr
                authorization:
                  type: Bearer
                  credentials_file: {credentials}
                http_sd_configs:
                  - url: {apiUrl}/api/v1/prometheus/targets
                    refresh_interval: 10s
                    authorization:
                      type: Bearer
                      credentials_file: {credentials}

            """;
    }
}
