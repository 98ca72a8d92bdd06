using System.Globalization;
using System.Text;
using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Engine;
using Ktrdr.Tests.Api;
using Ktrdr.Tests.Runs;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Worker;

/// <summary>Sweeps, ensembles, folds and several symbols from the command line through Api and worker processes.</summary>
public sealed class RunsEndToEndTests(SandboxOfWorkers sandbox) : IClassFixture<SandboxOfWorkers>
{
    [PostgresFact]
    public async Task Sweep_OneOfTwoWorkersKilledInTheMiddle_GivesWhatTheUndisturbedOneGives()
    {
        // Long enough that a part is seen while it runs, however fast the machine is.
        var second = sandbox.RestartBacktest("backtest-2");
        var document = await sandbox.WriteAsync("sweep.yaml", RunDocuments.Reversion.Replace("epochs: 4", "epochs: 1500\n  early_stopping: false", StringComparison.Ordinal));
        string[] arguments = ["sweep", document, "--vary", "indicators.rsi_14.period=7..21:7", "--vary", "decisions.confidence_threshold=0.34,0.36", "--follow"];

        var calm = await sandbox.CliJsonAsync(arguments);
        var following = sandbox.CliJsonAsync(arguments);
        await ApiFixture.UntilAsync(
            async () => await sandbox.SqlAsync("select exists (select 1 from operations where type = 'sweep_part' and status = 'running' and worker_id = 'backtest-2')") is true, "a part runs on the second worker", 60);
        second.Kill();
        sandbox.RestartBacktest("backtest-2");
        var disturbed = await following;

        var (first, again) = (Result<SweepResult>(calm), Result<SweepResult>(disturbed));
        Assert.Equal((6, 0, 6), (again.Variants, again.Failed, again.Trials));
        Assert.Equal(KtrdrJson.ToElement(first).GetRawText(), KtrdrJson.ToElement(again).GetRawText());
        Assert.Equal(await VariantsAsync(calm), await VariantsAsync(disturbed));
        Assert.Equal(3, again.Leaders.Select(v => v.WeightsHash).Distinct().Count());
        Assert.All(again.Leaders, v => Assert.True(v is { Proof: { CutPoints: > 0, Nodes: > 8, Values: > 1000 }, Stability.Count: 2 or 3 }, $"variant {v.Number}: {v.Proof}, {v.Stability.Count} neighbours"));
        Assert.Contains("neighbours", again.Reasons[^1], StringComparison.Ordinal);
        Assert.Equal(12L, await sandbox.SqlAsync("select count(*) from ledger where operation_id in (select id from operations where type = 'sweep_part' and reproduces is null)"));
        Assert.Equal(6L, await sandbox.SqlAsync("select count(distinct strategy_hash) from ledger where operation_id in (select id from operations where type = 'sweep_part')"));

        Assert.Equal(6, (await sandbox.CliJsonAsync("sweep", "show", Id(calm), "--sort", "sharpe")).GetArrayLength());
        Assert.Contains("indicators.rsi_14.period = 21", (await sandbox.CliAsync("sweep", "show", Id(calm))).Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        var part = (await sandbox.Client.GetOperationChildrenAsync(Id(calm))).First(c => c.Type == OperationTypes.SweepPart);
        var reproduced = Result<Reproduction>(await sandbox.CliJsonAsync("operations", "reproduce", part.Id, "--follow"));
        Assert.True(reproduced.IsEqual, string.Join("; ", reproduced.Differences));
        Assert.Equal($"same bits; the same engine build {EngineBuild.Identity}", reproduced.Summary);
        Assert.Equal(0L, await sandbox.SqlAsync($"select count(*) from results where engine_build is distinct from '{EngineBuild.Identity}'"));
    }

    [PostgresFact]
    public async Task Ensemble_OfTrainedGateAndMember_IsBacktestedCountedAndReproduced()
    {
        sandbox.RestartTraining();
        await sandbox.CliJsonAsync("data", "generate", "regimes", "--bars", "9000", "--symbol", "REGI");
        var gate = Result<TrainingResult>(await TrainAsync("small_gate", RunDocuments.Gate));
        var trend = Result<TrainingResult>(await TrainAsync("small_trend", RunDocuments.Trend));
        var ensemble = await sandbox.WriteAsync("router.yaml", Router("models/small_gate/1h_latest", "small_trend"));

        var run = await sandbox.CliJsonAsync("backtest", "--ensemble", ensemble, "--follow");
        var result = Result<BacktestResult>(run);

        Assert.Equal(["gate", "trend"], result.Members.Select(m => m.Id));
        Assert.Equal([gate.ModelId, trend.ModelId], result.Members.Select(m => m.Model));
        Assert.Equal("small_router", result.StrategyName);
        Assert.DoesNotContain(result.StrategyHash, new[] { gate.StrategyHash, trend.StrategyHash });
        Assert.Empty(result.Leaks);
        Assert.True(result.Metrics.Trades > 5, $"{result.Metrics.Trades} trades");
        Assert.Equal(1L, await sandbox.SqlAsync($"select count(*) from ledger where operation_id = '{Id(run)}' and strategy_hash = '{result.StrategyHash}' and outcome = 'completed'"));
        var trades = await sandbox.Client.GetBacktestTradesAsync(Id(run));
        Assert.Equal(result.Metrics.Trades, trades.Count);
        Assert.All(trades, t => Assert.StartsWith("trend in ", t.Reason, StringComparison.Ordinal));
        Assert.Equal(result.StrategyHash, (await sandbox.Client.GetBacktestAsync(Id(run))).Result.StrategyHash);

        // Every regime to one model: exactly its trades.
        var everywhere = await sandbox.WriteAsync("everywhere.yaml", Router(gate.ModelId!, trend.ModelId!).Replace("{action: FLAT}", "{model: trend}", StringComparison.Ordinal));
        var alone = Result<BacktestResult>(await sandbox.CliJsonAsync("backtest", "small_trend", "--follow"));
        var routed = Result<BacktestResult>(await sandbox.CliJsonAsync("backtest", "--ensemble", everywhere, "--follow"));
        Assert.Equal(alone.TradeListHash, routed.TradeListHash);
        Assert.Equal(alone.Metrics, routed.Metrics);

        Assert.True(Result<Reproduction>(await sandbox.CliJsonAsync("operations", "reproduce", Id(run), "--follow")).IsEqual);
        var text = await sandbox.CliAsync("backtest", "--ensemble", ensemble, "--follow");
        Assert.Contains(gate.ModelId!, text.Output, StringComparison.Ordinal);

        // Pinned: a model trained later does not change what the document meant then, and means another run now.
        var later = Result<TrainingResult>(await TrainAsync("small_trend", RunDocuments.Trend, "--seed", "5"));
        Assert.True(Result<Reproduction>(await sandbox.CliJsonAsync("operations", "reproduce", Id(run), "--follow")).IsEqual);
        Assert.Equal(later.ModelId, Result<BacktestResult>(await sandbox.CliJsonAsync("backtest", "--ensemble", ensemble, "--follow")).Members[1].Model);

        await RefusesAsync(gate, trend);
    }

    private async Task RefusesAsync(TrainingResult gate, TrainingResult trend)
    {
        // Every problem of the document at once; then every problem of the models that it names.
        var wrong = await sandbox.WriteAsync("wrong.yaml", Router("a", "b").Replace("regime_threshold: 0.3", "regime_threshold: 3", StringComparison.Ordinal).Replace("stability_bars: 2", "stabilty_bars: 2", StringComparison.Ordinal));
        var refused = await sandbox.CliAsync("backtest", "--ensemble", wrong);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("composition.regime_threshold", refused.Error, StringComparison.Ordinal);
        Assert.Contains("stability_bars", refused.Error, StringComparison.Ordinal);

        var unknown = await sandbox.CliAsync("backtest", "--ensemble", await sandbox.WriteAsync("unknown.yaml", Router("models/nobody/1h_latest", "models/small_trend/1h_v77")));
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("models.gate.model_path", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("models.trend.model_path", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("models/small_gate/1h_v1", unknown.Error, StringComparison.Ordinal);

        var swapped = await sandbox.CliAsync("backtest", "--ensemble", await sandbox.WriteAsync("swapped.yaml", Router(trend.ModelId!, gate.ModelId!)));
        Assert.Equal(2, swapped.ExitCode);
        Assert.Contains("models.gate.output_type", swapped.Error, StringComparison.Ordinal);
        Assert.Contains("regime_classification", swapped.Error, StringComparison.Ordinal);

        var other = Result<TrainingResult>(await sandbox.CliJsonAsync("train", await sandbox.WriteAsync("synth.yaml", RunDocuments.Trend.Replace("small_trend", "synth_trend", StringComparison.Ordinal)), "--follow"));
        var foreign = await sandbox.CliAsync("backtest", "--ensemble", await sandbox.WriteAsync("foreign.yaml", Router(gate.ModelId!, other.ModelId!)));
        Assert.Contains("REGI, as the gate", foreign.Error, StringComparison.Ordinal);

        // A member that has seen the window is found, whichever it is.
        var dataset = await sandbox.Client.GetDatasetAsync(gate.Dataset);
        var seen = Result<TrainingResult>(await TrainAsync("small_trend", RunDocuments.Trend, "--end", dataset.Windows[1].End.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));
        var memory = await sandbox.CliAsync("backtest", "--ensemble", await sandbox.WriteAsync("seen.yaml", Router(gate.ModelId!, seen.ModelId!)), "--follow");
        Assert.Equal(1, memory.ExitCode);
        Assert.Contains(seen.ModelId!, memory.Error, StringComparison.Ordinal);
        Assert.Contains("validation", memory.Error, StringComparison.Ordinal);

        foreach (var arguments in new string[][] { ["backtest"], ["backtest", "small_trend", "--ensemble", "x.yaml"], ["backtest", "--ensemble", "x.yaml", "--model", "m"], ["backtest", "--ensemble", "missing.yaml"] })
        {
            Assert.Equal(2, (await sandbox.CliAsync(arguments)).ExitCode);
        }

        var never = await sandbox.CliAsync("backtest", "small_gate");
        Assert.Equal(2, never.ExitCode);
        Assert.Contains("never trades by itself; allowed: a backtest of an ensemble", never.Error, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Train_DocumentWithFolds_PrintsEachAndSaysHowManyLose()
    {
        sandbox.RestartTraining();
        var document = RunDocuments.Reversion.Replace("small_reversion", "small_folds", StringComparison.Ordinal).Replace("commission: 0.00002", "commission: 0.01", StringComparison.Ordinal)
            + "\nvalidation: {scheme: purged_kfold, folds: 3}";
        var path = await sandbox.WriteAsync("folds.yaml", document);

        var result = Result<TrainingResult>(await sandbox.CliJsonAsync("train", path, "--follow"));
        Assert.Equal([1, 2, 3], result.Folds.Select(f => f.Number));
        var losing = result.Folds.Count(f => f.NetReturn < 0);
        Assert.True(losing > 0 && result.Folds.All(f => f.TestRows > 500), $"{losing} folds lose");

        var text = await sandbox.CliAsync("train", path, "--follow");
        Assert.Equal(0, text.ExitCode);
        Assert.Contains("fold", text.Output, StringComparison.Ordinal);
        Assert.Contains($"{losing} of 3 folds lose", text.Output, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Train_TwoSymbolsAndASeriesFromFred_TradeOneAccount()
    {
        sandbox.RestartTraining();
        await sandbox.CliJsonAsync("data", "generate", "planted", "--seed", "21", "--bars", "6000", "--symbol", "EURJPY");
        await sandbox.CliJsonAsync("data", "generate", "planted", "--seed", "22", "--bars", "6000", "--symbol", "GBPJPY");
        var dataset = Assert.Single(await sandbox.Client.ListDatasetsAsync("EURJPY"));
        var rates = new StringBuilder("observation_date,DGS10\n");
        for (var day = dataset.FirstTime.UtcDateTime.Date.AddDays(-40); day < dataset.LastTime.UtcDateTime.Date; day = day.AddDays(1))
        {
            if (day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday))
            {
                rates.Append(CultureInfo.InvariantCulture, $"{day:yyyy-MM-dd},{4 + (0.01 * (day.DayOfYear % 50))}\n");
            }
        }

        await sandbox.CliJsonAsync("data", "import", await sandbox.WriteAsync("DGS10.csv", rates.ToString()), "--provider", "fred", "--series", "DGS10");
        var document = RunDocuments.Reversion
            .Replace("small_reversion", "small_pair", StringComparison.Ordinal)
            .Replace("symbols: {mode: single, symbol: SYNTH}", "symbols: {mode: multi_symbol, list: [EURJPY, GBPJPY]}", StringComparison.Ordinal)
            .Replace("indicators:\n", "context_data:\n  - {provider: fred, series: [DGS10]}\nindicators:\n  rate: {type: ema, period: 5, data_source: fred_DGS10}\n", StringComparison.Ordinal)
            .Replace("nn_inputs:\n", "nn_inputs:\n  - {raw_indicator: rate, timeframes: all, normalization: zscore}\n", StringComparison.Ordinal);

        var trained = await sandbox.CliJsonAsync("train", await sandbox.WriteAsync("pair.yaml", document), "--follow");
        var run = await sandbox.CliJsonAsync("backtest", "small_pair", "--follow");

        Assert.Contains("1h_rate_raw", Result<TrainingResult>(trained).Features);
        Assert.Empty(Result<BacktestResult>(run).Leaks);
        var trades = await sandbox.Client.GetBacktestTradesAsync(Id(run));
        Assert.Equal(["EURJPY", "GBPJPY"], trades.Select(t => t.Symbol).Distinct().Order());
        foreach (var finished in new[] { trained, run })
        {
            Assert.True(Result<Reproduction>(await sandbox.CliJsonAsync("operations", "reproduce", Id(finished), "--follow")).IsEqual);
        }
    }

    private async Task<JsonElement> TrainAsync(string name, string document, params string[] more) =>
        await sandbox.CliJsonAsync(["train", await sandbox.WriteAsync($"{name}.yaml", document.Replace("SYNTH", "REGI", StringComparison.Ordinal)), "--follow", .. more]);

    private async Task<string> VariantsAsync(JsonElement sweep) =>
        string.Join('\n', (await sandbox.Client.ListSweepVariantsAsync(Id(sweep))).Items.Select(v => KtrdrJson.ToElement(v).GetRawText()));

    private static string Id(JsonElement operation) => operation.GetProperty("id").GetString()!;

    private static T Result<T>(JsonElement operation) => KtrdrJson.Read<T>(operation.GetProperty("result"));

    private static string Router(string gate, string trend) => $$"""
        name: small_router
        models:
          gate: {model_path: {{gate}}, output_type: regime_classification}
          trend: {model_path: {{trend}}, output_type: classification}
        composition:
          type: regime_route
          gate_model: gate
          regime_threshold: 0.3
          stability_bars: 2
          allow_short_from_flat: true
          rules: {trending_up: {model: trend}, trending_down: {model: trend}, ranging: {action: FLAT}, volatile: {action: FLAT} }
        """.Replace("volatile: {action: FLAT} }", "volatile: {model: trend}}", StringComparison.Ordinal);
}
