using Ktrdr.AppHost.Native;
using Xunit;

namespace Ktrdr.Tests.AppHost.Native;

public sealed class PrometheusServerTests
{
    /// <summary>The Api knows bearer tokens only, and Prometheus 2.42 sends discovery's token bare unless the type is said.</summary>
    [Fact]
    public void Configuration_Always_SaysTheTypeOfEachToken()
    {
        var lines = PrometheusServer.Configuration("http://127.0.0.1:8025", "/a'b/reader.token").Split('\n', StringSplitOptions.TrimEntries);

        Assert.Equal(2, lines.Count(line => line == "credentials_file: '/a''b/reader.token'"));
        Assert.Equal(2, lines.Index().Count(line => line.Item == "type: Bearer" && lines[line.Index - 1] == "authorization:" && lines[line.Index + 1].StartsWith("credentials_file:", StringComparison.Ordinal)));
        Assert.Contains("- url: http://127.0.0.1:8025/api/v1/prometheus/targets", lines);
    }
}
