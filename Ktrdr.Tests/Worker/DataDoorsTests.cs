using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Worker;

/// <summary>Data files through a real Api and worker.</summary>
public sealed class DataDoorsTests(SandboxOfWorkers sandbox) : IClassFixture<SandboxOfWorkers>
{
    [PostgresFact]
    public async Task Import_FredSeries_IsAnUnsealedVersionWithItsRelease()
    {
        var text = "DATE,VALUE\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{new DateTime(2024, 1, 1).AddDays(i):yyyy-MM-dd},{(i % 7 == 3 ? "." : (4 + i * 0.01).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture))}\n"));
        var request = await PutAsync(text, new ImportRequest { Sha256 = "", FileName = "DGS10.csv", Symbol = "fred_DGS10", Provider = "fred" });

        var done = await sandbox.FinishedAsync((await sandbox.Client.ImportDataAsync(request)).OperationId);

        Assert.Equal(OperationStatus.Succeeded, done.Status);
        var dataset = KtrdrJson.Read<DataLoadResult>(done.Result!.Value).Dataset;
        Assert.Equal(("fred_DGS10", "1d", "us_next_business_day", true), (dataset.Symbol, dataset.Timeframe, dataset.Calendar, dataset.External));
        Assert.Equal(dataset.Bars, dataset.UnsealedBars);
        Assert.Empty(dataset.Windows);
        Assert.Contains(dataset.Findings, f => f.Code == "missing_value");
        Assert.Equal(4.58, (await sandbox.Client.GetBarsAsync("fred_DGS10", "1d")).Close[^1], 9);
    }

    [PostgresFact]
    public async Task Check_Files_SayWhatAnImportWouldFindAndStoreNothing()
    {
        var rows = string.Concat(Enumerable.Range(0, 48).Where(i => i != 30).Select(i => $"{new DateTime(2024, 7, 15).AddHours(i):yyyy-MM-dd HH:mm};1,5;2,5;0,5;1,75;{i}\n"));
        var fine = await CheckAsync("date;open;high;low;close;volume\n" + rows);
        Assert.True(fine.Accepted);
        Assert.Equal(("EURUSD", "1h", "fx", 47, 1L), (fine.Gaps!.Symbol, fine.Gaps.Timeframe, fine.Gaps.Calendar, fine.Gaps.Bars, fine.Gaps.MissingBars));
        Assert.Equal(DateTimeOffset.Parse("2024-07-16T06:00Z", System.Globalization.CultureInfo.InvariantCulture), Assert.Single(fine.Gaps.Unexpected).From);

        var refused = await CheckAsync("date;open;high;low;close;volume\n" + rows + "2024-07-17 00:00;9;2;1;1;1\n");
        Assert.False(refused.Accepted);
        Assert.Contains(refused.Problems, p => p.Code == "outside_range" && p.Line == 49);
        Assert.Empty(await sandbox.Client.ListDatasetsAsync("EURUSD"));

        async Task<DataCheckResult> CheckAsync(string text)
        {
            var request = await PutAsync(text, new ImportRequest { Sha256 = "", FileName = "f.csv", Symbol = "EURUSD" });
            var done = await sandbox.FinishedAsync((await sandbox.Client.CheckDataAsync(request)).OperationId);
            Assert.Equal(OperationStatus.Succeeded, done.Status);
            return KtrdrJson.Read<DataCheckResult>(done.Result!.Value);
        }
    }

    [PostgresFact]
    public async Task Gaps_OfAStoredMarket_AreServedForItsUnsealedBars()
    {
        var report = await sandbox.Client.GetGapsAsync("SYNTH", "1h");
        var dataset = (await sandbox.Client.ListDatasetsAsync("SYNTH"))[0];

        Assert.Equal((dataset.UnsealedBars, 0L, 1.0, "none"), (report.Bars, report.MissingBars, report.Coverage, report.Calendar));
        Assert.Empty(report.Counts);
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<KtrdrApiException>(() => sandbox.Client.GetGapsAsync("NONE", "1h"))).Status);
    }

    [PostgresFact]
    public async Task Import_OptionsThatDoNotFit_AreRefusedByField()
    {
        var request = await PutAsync("x", new ImportRequest { Sha256 = "", FileName = "f.csv", Symbol = "EURUSD", Timeframe = "1h" });
        foreach (var (wrong, field) in ((ImportRequest, string)[])
        [
            (request with { Provider = "quandl" }, "provider"),
            (request with { Provider = "fred" }, "symbol"),
            (request with { Provider = "fred", Symbol = "fred_DGS10" }, "timeframe"),
            (request with { PublicationLagHours = 3 }, "publication_lag_hours"),
            (request with { Market = "EURO" }, "market"),
            (request with { Calendar = "lse" }, "calendar"),
            (request with { Policy = new Dictionary<string, string> { ["spike"] = "mend" } }, "policy.spike"),
            (request with { TimeZone = "Mars/Olympus" }, "time_zone"),
            (request with { Columns = [] }, "columns"),
        ])
        {
            var error = await Assert.ThrowsAsync<KtrdrApiException>(() => sandbox.Client.ImportDataAsync(wrong));
            Assert.Equal(HttpStatusCode.BadRequest, error.Status);
            Assert.Equal(field, error.Problem.Field ?? error.Problem.Problems![0].Path);
        }
    }

    private async Task<ImportRequest> PutAsync(string text, ImportRequest request)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        await sandbox.Client.PutArtifactAsync(hash, new MemoryStream(bytes));
        return request with { Sha256 = hash };
    }
}
