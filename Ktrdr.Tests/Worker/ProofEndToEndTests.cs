using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Tests.Runs;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Worker;

/// <summary>What look-ahead proofs were tried at, from the command line through Api and worker processes and back.</summary>
public sealed class ProofEndToEndTests(SandboxOfWorkers sandbox) : IClassFixture<SandboxOfWorkers>
{
    private const string One = "{mode: single, symbol: SYNTH}";

    [PostgresFact]
    public async Task Lookahead_SeveralSymbols_TriesAllThatHaveDataAndNamesTheOthers()
    {
        await sandbox.CliJsonAsync("data", "generate", "planted", "--bars", "4000", "--seed", "6", "--symbol", "SECOND");
        var path = await sandbox.WriteAsync("several.yaml", RunDocuments.Reversion
            .Replace(One, "{mode: multi_symbol, list: [GONE, SYNTH, SECOND]}", StringComparison.Ordinal)
            .Replace("{mode: single, timeframe: 1h}", "{mode: multi_timeframe, list: [1h, 4h, 1d], base_timeframe: 1h}", StringComparison.Ordinal)
            .Replace("- {fuzzy_set: heat, timeframes: all}", "- {fuzzy_set: heat, timeframes: [1h, 4h]}", StringComparison.Ordinal)
            .Replace("- {fuzzy_set: push, timeframes: all}", "- {fuzzy_set: push, timeframes: [1h]}", StringComparison.Ordinal));

        var result = KtrdrJson.Read<LookaheadResult>((await sandbox.CliJsonAsync("strategies", "validate", path, "--lookahead", "--cut-points", "2")).GetProperty("result"));
        var text = await sandbox.CliAsync("strategies", "validate", path, "--lookahead", "--cut-points", "2");

        Assert.Equal(
            [("GONE", 0, 0, "there is no data of it in 1h"), ("SYNTH", 9600, 2, null), ("SECOND", 3200, 2, null)], result.Symbols.Select(s => (s.Symbol, s.Bars, s.CutPoints.Count, s.NotTried)));
        Assert.Equal((4, 12_800, "SYNTH"), (result.CutPoints.Count, result.Bars, result.Symbol));
        Assert.Equal(["1h", "4h"], result.Symbols[2].Timeframes);
        Assert.Equal(["1d"], result.UnreadTimeframes);
        Assert.All(["SYNTH.rsi_14", "SECOND.rsi_14"], node => Assert.Equal(["1h", "4h"], result.Nodes.Where(n => n.Node == node && n.Values > 700).Select(n => n.Timeframe).Order(StringComparer.Ordinal)));
        Assert.Empty(result.Leaks);
        Assert.Equal(0, text.ExitCode);
        var said = text.Output.ReplaceLineEndings(" ");
        Assert.All(["on GONE 1h: not tried: there is no data of it in 1h", "on SECOND 1h, 4h: 3,200 bars", "No input reads 1d", "at 4 cut points of SYNTH, SECOND. Not tried: GONE (there is no data of it in 1h)."], part => Assert.Contains(part, said, StringComparison.Ordinal));

        // A version that is named stands for its symbol alone.
        var second = (await sandbox.Client.ListDatasetsAsync("SECOND"))[0].Id;
        var named = KtrdrJson.Read<LookaheadResult>((await sandbox.CliJsonAsync("strategies", "validate", path, "--lookahead", "--cut-points", "1", "--dataset", second)).GetProperty("result"));
        Assert.Equal(result.Symbols.Select(s => (s.Symbol, s.Dataset)), named.Symbols.Select(s => (s.Symbol, s.Dataset)));
        Assert.Equal("SECOND", named.Symbol);
        var foreign = await sandbox.WriteAsync("foreign.yaml", RunDocuments.Reversion.Replace("symbol: SYNTH", "symbol: ELSEWHERE", StringComparison.Ordinal));
        var alone = KtrdrJson.Read<LookaheadResult>((await sandbox.CliJsonAsync("strategies", "validate", foreign, "--lookahead", "--cut-points", "1", "--dataset", second)).GetProperty("result"));
        Assert.Equal([("SECOND", null), ("ELSEWHERE", "the check was asked for SECOND alone")], alone.Symbols.Select(s => (s.Symbol, s.NotTried)));
    }

    [PostgresFact]
    public async Task Lookahead_NothingToTry_IsNoSuccess()
    {
        var none = await sandbox.WriteAsync("none.yaml", RunDocuments.Reversion.Replace(One, "{mode: multi_symbol, list: [GONE, LOST]}", StringComparison.Ordinal));
        var late = await sandbox.WriteAsync("late.yaml", RunDocuments.Reversion
            .Replace("timeframe: 1h}", "timeframe: 1h}\n  history_required: 5000", StringComparison.Ordinal).Replace("SYNTH", "SHORT", StringComparison.Ordinal));
        await sandbox.CliJsonAsync("data", "generate", "planted", "--bars", "1000", "--symbol", "SHORT");

        var (missing, early) = (await sandbox.CliAsync("strategies", "validate", none, "--lookahead"), await sandbox.CliAsync("strategies", "validate", late, "--lookahead"));

        Assert.Equal((1, 1), (missing.ExitCode, early.ExitCode));
        Assert.Contains("there is no data for GONE, LOST 1h", missing.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing could be tried", early.Error + early.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("No node sees the future", early.Error + early.Output, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Runs_Windows_CarryWhatTheyWereTriedAt()
    {
        sandbox.RestartTraining();
        var document = await sandbox.WriteAsync("proved.yaml", RunDocuments.Reversion);
        var trained = await sandbox.CliJsonAsync("train", document, "--follow");
        var training = KtrdrJson.Read<TrainingResult>(trained.GetProperty("result"));
        var whole = await sandbox.CliJsonAsync("backtest", document, "--follow");
        var backtest = KtrdrJson.Read<BacktestResult>(whole.GetProperty("result"));

        Assert.True(training.Proof is { CutPoints: 2, Nodes: > 8, Values: > 1000 }, $"{training.Proof}");
        Assert.Equal([new ProvenSymbol("SYNTH", 2, null)], training.Proof.Symbols!);
        Assert.True(backtest.Proof is { CutPoints: 4, Nodes: > 10, Values: > 1000 }, $"{backtest.Proof}");
        Assert.StartsWith("No node sees the future: ", backtest.Proof.Summary, StringComparison.Ordinal);
        Assert.DoesNotContain(backtest.ProvisionalReasons, r => r.StartsWith("Nothing could be tried", StringComparison.Ordinal));
        Assert.Equal(backtest.Proof.Summary, (await sandbox.Client.GetBacktestAsync(Id(whole))).Result.Proof!.Summary);
        Assert.Equal(training.Proof.Summary, (await sandbox.Client.GetModelAsync(training.ModelId!)).Training.Proof!.Summary);
        Assert.Contains(backtest.Proof.Summary!, (await sandbox.CliAsync("backtest", document, "--follow")).Output.ReplaceLineEndings(" "), StringComparison.Ordinal);

        // Of one bar nothing can be tried: neither result nor text says that it is clean.
        var day = backtest.Start.AddDays(2);
        string[] one = ["backtest", document, "--follow", "--start", $"{day.UtcDateTime:yyyy-MM-ddTHH:mm}Z", "--end", $"{day.UtcDateTime.AddHours(1):yyyy-MM-ddTHH:mm}Z"];
        var short_ = KtrdrJson.Read<BacktestResult>((await sandbox.CliJsonAsync(one)).GetProperty("result"));
        Assert.Equal((1, 0), (short_.Bars, short_.Proof!.CutPoints));
        Assert.Contains(short_.Proof.Summary, short_.ProvisionalReasons);
        var text = (await sandbox.CliAsync(one)).Output.ReplaceLineEndings(" ");
        Assert.Contains("Nothing could be tried, so that nothing is known of whether a node sees the future: SYNTH (its window is one bar, and nothing comes after it).", text, StringComparison.Ordinal);
        Assert.DoesNotContain("No node sees the future", text, StringComparison.Ordinal);

        // Results of versions that kept no proof are read, and are the same bits when they are run again.
        foreach (var operation in (JsonElement[])[trained, whole])
        {
            await sandbox.SqlAsync($"update results set result = result - 'proof' where operation_id = '{Id(operation)}'");
        }

        await sandbox.SqlAsync($"update backtests set result = result - 'proof' where operation_id = '{Id(whole)}'");
        Assert.Null((await sandbox.Client.GetBacktestAsync(Id(whole))).Result.Proof);
        Assert.Null(KtrdrJson.Read<TrainingResult>((await sandbox.Client.GetOperationAsync(Id(trained))).Result!.Value).Proof);
        foreach (var operation in (JsonElement[])[trained, whole])
        {
            var again = KtrdrJson.Read<Reproduction>((await sandbox.CliJsonAsync("operations", "reproduce", Id(operation), "--follow")).GetProperty("result"));
            Assert.True(again.IsEqual, string.Join("; ", again.Differences));
        }
    }

    [PostgresFact]
    public async Task Sweep_Variants_SayWhatTheyWereTriedAt()
    {
        var document = await sandbox.WriteAsync("swept.yaml", RunDocuments.Reversion);

        var finished = await sandbox.CliAsync("sweep", document, "--vary", "decisions.confidence_threshold=0.34,0.36", "--follow");

        Assert.Equal(0, finished.ExitCode);
        Assert.Contains("The best one's proof: No node sees the future: ", finished.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("at 2 cut points of SYNTH.", finished.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        var sweep = (await sandbox.Client.ListOperationsAsync(type: OperationTypes.Sweep, limit: 1)).Items[0];
        var result = KtrdrJson.Read<SweepResult>((await sandbox.Client.GetOperationAsync(sweep.Id)).Result!.Value);
        Assert.Equal(0, result.Untried);
        Assert.All(result.Leaders, v => Assert.Equal([new ProvenSymbol("SYNTH", 2, null)], v.Proof!.Symbols!));
    }

    [PostgresFact]
    public async Task Sweep_MistakeInADocumentOfOneLine_SpeaksOfNoLine()
    {
        var wrong = (await sandbox.Client.GetStrategyAsync(SandboxOfWorkers.Quick)).Document;
        var tree = Strategies.YamlJson.Of(wrong)!;
        tree["training"]!["epochs"] = 0;
        var (one, many) = (await sandbox.WriteAsync("one.json", tree.ToJsonString()), await sandbox.WriteAsync("many.json", tree.ToJsonString(new JsonSerializerOptions { WriteIndented = true })));

        var (line, lines) = (await sandbox.CliAsync("sweep", one, "--vary", "training.epochs=5"), await sandbox.CliAsync("sweep", many, "--vary", "training.epochs=5"));
        var value = await sandbox.CliAsync("sweep", SandboxOfWorkers.Quick, "--vary", "training.epochs=0");

        Assert.Equal((2, 2), (line.ExitCode, lines.ExitCode));
        Assert.StartsWith("ktrdr: error: training.epochs is 0;", line.Error, StringComparison.Ordinal);
        Assert.Matches(@"^ktrdr: error: line [0-9]{2,}: training\.epochs is 0;", lines.Error);
        Assert.Contains("with training.epochs = 0: training.epochs is 0;", value.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("line ", value.Error, StringComparison.Ordinal);
    }

    private static string Id(JsonElement operation) => operation.GetProperty("id").GetString()!;
}
