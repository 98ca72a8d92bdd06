using Ktrdr.Tests.EndToEnd;
using Xunit;

namespace Ktrdr.Tests.Deploy;

/// <summary>Every query that is deployed, on what the Prometheus of a real sandbox collected during a demo: it must find something.</summary>
[Collection(SandboxCollection.Name)]
public sealed class RecordedQueryTests(RecordedDemo demo)
{
    [PrometheusFact]
    public async Task Queries_OfDashboardsAndRules_FindDataOfADemo()
    {
        using var prometheus = await PrometheusReplay.StartAsync(await demo.SamplesAsync());
        var names = await prometheus.MetricNamesAsync();
        var (first, last) = await prometheus.SpanAsync();
        var queries = DeployedQuery.OfDashboards().Concat(DeployedQuery.OfRules()).ToList();
        var wrong = new List<string>();
        foreach (var query in queries)
        {
            var missing = query.Metrics().Except(names).ToList();
            if (missing.Count > 0)
            {
                wrong.Add($"{query.Where}: no such metric: {string.Join(", ", missing)}");
            }
            else if ((await prometheus.ValuesAsync(query.Filled("8s"), first, last)).Count == 0)
            {
                wrong.Add($"{query.Where}: no data: {query.Expression}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(queries.Count > 100, $"{queries.Count} queries");
    }

    [PrometheusFact]
    public async Task Alerts_DuringADemo_AreSilentButForTheWatchdog()
    {
        using var prometheus = await PrometheusReplay.StartAsync(await demo.SamplesAsync());
        var (first, last) = await prometheus.SpanAsync();

        Assert.NotEmpty(await prometheus.ValuesAsync("ALERTS{alertname=\"Watchdog\", alertstate=\"firing\"}", first, last));
        Assert.Empty(await prometheus.ValuesAsync("ALERTS{alertname!=\"Watchdog\", alertstate=\"firing\", severity=\"page\"}", first, last));
    }

    /// <summary>The figures agree with what a demo of two experiments does.</summary>
    [PrometheusFact]
    public async Task Figures_AtTheEndOfADemo_AreThoseOfItsWork()
    {
        using var prometheus = await PrometheusReplay.StartAsync(await demo.SamplesAsync());
        var (first, last) = await prometheus.SpanAsync();
        async Task<double> MostAsync(string query) => (await prometheus.ValuesAsync(query, first, last)).Max();

        Assert.Equal(3, await MostAsync("count(up{job=\"ktrdr-worker\"} == 1)"));
        Assert.Equal(2, await MostAsync("sum(ktrdr_research_experiments)"));
        Assert.True(await MostAsync("sum(ktrdr:operations_active:count{status=\"running\"})") >= 1);
        Assert.True(await MostAsync("sum(ktrdr_training_epochs_total)") > 10);
        Assert.True(await MostAsync("sum(ktrdr_operations_duration_seconds_count{type=\"training\", status=\"succeeded\"})") >= 2);
        Assert.True(await MostAsync("sum(ktrdr_research_trials_total{purpose=\"trial\"})") >= 1);
    }
}
