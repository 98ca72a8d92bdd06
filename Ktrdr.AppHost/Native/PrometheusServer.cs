using System.Globalization;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>The sandbox's own Prometheus, where the machine has one: it asks the Api which targets there are.</summary>
internal static class PrometheusServer
{
    /// <summary>Seconds between two scrapes; shorter ones show short runs in more detail.</summary>
    public const string IntervalVariable = "KTRDR_SCRAPE_SECONDS";

    private const double UsualSeconds = 5;

    public static string? Program => Executables.Find("prometheus");

    /// <summary>Writes the configuration and gives the command.</summary>
    /// <exception cref="SandboxException">The interval is not one.</exception>
    public static IReadOnlyList<string> Prepare(string program, int slot, SandboxFolder folder, SandboxSecrets secrets, string apiUrl, int port)
    {
        var interval = IntervalOf(Environment.GetEnvironmentVariable(IntervalVariable));
        var configuration = PrometheusFiles.Write(folder.Prometheus, new PrometheusPlace(slot, apiUrl, secrets.PathOf(SandboxSecrets.ReaderToken), interval));
        return
        [
            program,
            $"--config.file={configuration}",
            $"--storage.tsdb.path={Path.Combine(folder.Prometheus, "data")}",
            string.Create(CultureInfo.InvariantCulture, $"--web.listen-address=127.0.0.1:{port}"),
            "--log.level=warn",
        ];
    }

    internal static TimeSpan IntervalOf(string? seconds)
        => string.IsNullOrWhiteSpace(seconds) ? TimeSpan.FromSeconds(UsualSeconds)
            : double.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0.1 and <= 600 ? TimeSpan.FromSeconds(value)
            : throw new SandboxException("invalid_setting", $"{IntervalVariable} is '{seconds}'; allowed: seconds from 0.1 to 600.");
}
