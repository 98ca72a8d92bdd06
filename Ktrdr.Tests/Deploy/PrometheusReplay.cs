using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Ktrdr.Tests.Support;

namespace Ktrdr.Tests.Deploy;

/// <summary>A Prometheus that scrapes nothing and answers queries over what another one recorded.</summary>
internal sealed class PrometheusReplay : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http;
    private readonly Process _process;

    private PrometheusReplay(string samples)
    {
        var port = FreePort();
        File.WriteAllText(_folder.File("prometheus.yml"), "global: {}\n");
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/"), Timeout = TimeSpan.FromSeconds(30) };
        _process = Process.Start(new ProcessStartInfo(
            Promtool.Server!,
            [$"--config.file={_folder.File("prometheus.yml")}", $"--storage.tsdb.path={samples}", $"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
        {
            RedirectStandardError = true,
        })!;
        _process.BeginErrorReadLine();
    }

    public static async Task<PrometheusReplay> StartAsync(string samples)
    {
        var replay = new PrometheusReplay(samples);
        try
        {
            await Eventually.TrueAsync(replay.IsReady, "Prometheus reads the samples again");
            return replay;
        }
        catch
        {
            replay.Dispose();
            throw;
        }
    }

    public async Task<IReadOnlySet<string>> MetricNamesAsync()
        => (await DataAsync("label/__name__/values")).EnumerateArray().Select(name => name.GetString()!).ToHashSet(StringComparer.Ordinal);

    /// <summary>First and last moment that was recorded, Unix seconds.</summary>
    public async Task<(double First, double Last)> SpanAsync()
    {
        var status = await DataAsync("status/tsdb");
        var head = status.GetProperty("headStats");
        return (head.GetProperty("minTime").GetInt64() / 1000.0, head.GetProperty("maxTime").GetInt64() / 1000.0);
    }

    /// <summary>All finite values of all series of a query over the recorded time, five per second.</summary>
    public async Task<IReadOnlyList<double>> ValuesAsync(string query, double first, double last)
    {
        var data = await DataAsync(string.Create(CultureInfo.InvariantCulture, $"query_range?query={Uri.EscapeDataString(query)}&start={first:0.000}&end={last:0.000}&step=0.2"));
        return [.. data.GetProperty("result").EnumerateArray().SelectMany(series => series.GetProperty("values").EnumerateArray())
            .Select(point => double.Parse(point[1].GetString()!.Replace("Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture)).Where(double.IsFinite)];
    }

    public void Dispose()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _folder.Dispose();
    }

    private async Task<JsonElement> DataAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        return answer.IsSuccessStatusCode ? body.GetProperty("data") : throw new InvalidOperationException($"{path}: {body.GetProperty("error").GetString()}");
    }

    private bool IsReady()
    {
        try
        {
            using var answer = _http.GetAsync(new Uri("/-/ready", UriKind.Relative)).GetAwaiter().GetResult();
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
