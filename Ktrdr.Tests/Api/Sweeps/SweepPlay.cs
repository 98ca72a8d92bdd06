using System.Security.Cryptography;
using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Contracts.Workers;
using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Runs;
using Xunit;

namespace Ktrdr.Tests.Api.Sweeps;

/// <summary>The workers' part in a sweep, played by the test.</summary>
internal static class SweepPlay
{
    public static SweepParameter Parameter(string path, params string[] values) => new(path, [.. values.Select(v => JsonDocument.Parse(v).RootElement)]);

    public static async Task PrepareAsync(IKtrdrApi api, FakeWorker worker, string symbol, FakeWorker? other = null)
    {
        var bars = SyntheticMarket.Null((ulong)symbol.Sum(c => c), 1_000, symbol);
        var accepted = await api.GenerateDataAsync(new GenerateRequest { Symbol = symbol, Bars = bars.Count });
        OperationDispatch? dispatch = null;
        FakeWorker? chosen = null;
        await ApiFixture.UntilAsync(
            () => Task.FromResult((chosen = new[] { worker, other ?? worker }.FirstOrDefault(w => w.Received.TryDequeue(out dispatch) && dispatch.OperationId == accepted.OperationId)) is not null), "the data are loaded");
        await chosen!.FinishLoadAsync(dispatch!, bars);
        await api.SaveStrategyAsync(new StrategyDocumentRequest(RunDocuments.Reversion.Replace("SYNTH", symbol, StringComparison.Ordinal).Replace("small_reversion", $"sweep_{symbol}", StringComparison.Ordinal)));
    }

    /// <summary>A sweep of one parameter of the strategy that <see cref="PrepareAsync"/> stores.</summary>
    public static SweepRequest Request(string symbol, string path, params string[] values) => new() { Strategy = $"sweep_{symbol}", Parameters = [Parameter(path, values)] };

    /// <summary>A sweep of the period of the strategy's indicator: a part for each.</summary>
    public static SweepRequest OfPeriods(string symbol, params string[] periods) => Request(symbol, "indicators.rsi_14.period", periods);

    /// <summary>Starts a sweep on data of its own.</summary>
    public static async Task<string> StartAsync(IKtrdrApi api, FakeWorker worker, string symbol, SweepRequest request, FakeWorker? other = null)
    {
        await PrepareAsync(api, worker, symbol, other);
        return (await api.StartSweepAsync(request)).OperationId;
    }

    /// <summary>Plays the parts that are queued and then the summary.</summary>
    public static async Task FinishAsync(FakeWorker worker, int parts)
    {
        for (var part = 0; part < parts; part++)
        {
            await FinishPartAsync(worker, await worker.NextAsync());
        }

        await FinishSummaryAsync(worker, await worker.NextAsync());
    }

    /// <summary>Variant n has a Sharpe of n / 10 and a strategy hash of its values.</summary>
    public static SweepVariant Variant(OperationDispatch dispatch, int n)
    {
        var parameter = Assert.Single(KtrdrJson.Read<SweepPartRequest>(dispatch.Request).Sweep.Parameters);
        return new SweepVariant
        {
            Number = n,
            Values = new Dictionary<string, JsonElement> { [parameter.Path] = parameter.Values[n] },
            StrategyHash = Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(parameter.Values[n].GetRawText()))),
            TrialSharpe = n / 10.0,
            Metrics = new BacktestMetrics { Sharpe = n / 10.0, Trades = 40 },
            DailyReturns = [.. Enumerable.Range(0, 3).Select(day => new DailyReturn(new DateOnly(2024, 1, 1 + day), 0.001 * (n + day)))],
        };
    }

    public static async Task FinishPartAsync(FakeWorker worker, OperationDispatch dispatch)
    {
        var request = KtrdrJson.Read<SweepPartRequest>(dispatch.Request);
        await worker.FinishAsync(dispatch, new SweepPartResult
        {
            From = request.From,
            To = request.To,
            Variants = [.. Enumerable.Range(request.From, request.To - request.From).Select(n => Variant(dispatch, n))],
        });
    }

    public static async Task FinishSummaryAsync(FakeWorker worker, OperationDispatch dispatch)
    {
        Assert.Equal(OperationTypes.SweepSummary, dispatch.Type);
        await worker.FinishAsync(dispatch, new SweepResult { StrategyName = "s", Dataset = "d", Window = "validation", Variants = 3, Failed = 0, Trials = 3, EffectiveTrials = 3, Leaders = [] });
    }
}
