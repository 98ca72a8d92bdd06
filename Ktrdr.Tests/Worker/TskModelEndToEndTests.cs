using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Worker;

/// <summary>A tsk model from the document to its rules, through the Api and real workers.</summary>
public sealed class TskModelEndToEndTests(SandboxOfWorkers sandbox) : IClassFixture<SandboxOfWorkers>
{
    private const string Document =
        """
        name: readable
        version: "3.1"
        training_data: {symbols: {mode: single, symbol: SYNTH}, timeframes: {mode: single, timeframe: 1h}}
        indicators:
          rsi_14: {type: rsi, period: 14}
          roc_5: {type: roc, period: 5}
          atr_14: {type: atr, period: 14}
        fuzzy_sets:
          strength: {indicator: rsi_14, oversold: [0, 15, 35], neutral: [25, 50, 75], overbought: [65, 85, 100]}
          week: {indicator: roc_5, falling: [-3, -1, 0], flat: [-1, 0, 1], rising: [0, 1, 3]}
        nn_inputs:
          - {fuzzy_set: strength, timeframes: all}
          - {fuzzy_set: week, timeframes: all}
          - {raw_indicator: atr_14, timeframes: all, normalization: zscore}
        model: {type: tsk}
        decisions: {output_format: classification, confidence_threshold: 0.34}
        training: {labels: {source: triple_barrier, max_holding_period: 10, pt_multiplier: 1, sl_multiplier: 1}, epochs: 6}
        """;

    [PostgresFact]
    public async Task Train_TskStrategy_GivesRulesAnExplanationAndTrades()
    {
        sandbox.RestartTraining();
        await sandbox.Client.SaveStrategyAsync(new StrategyDocumentRequest(Document));
        var first = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync("readable"));
        var second = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync("readable"));
        Assert.Equal("tsk", first.ModelKind);
        Assert.NotNull(first.OnnxSha256);
        Assert.Equal((first.WeightsHash, first.RulesSha256), (second.WeightsHash, second.RulesSha256));

        var rules = await sandbox.Client.GetModelRulesAsync(first.ModelId!);
        Assert.Equal(["buy", "hold", "sell"], rules.Outputs);
        Assert.Equal(rules.Pruning!.RulesAfter, rules.Rules.Count);
        Assert.Contains(rules.Rules.Take(3), r => r.Conditions.Any(c => c.Feature == "1h_roc_5_raw") && r.Sentence.StartsWith("IF 1h roc_5 is ", StringComparison.Ordinal));
        Assert.InRange(rules.Rules.Sum(r => r.Share), 0.9999, 1.0001);
        Assert.InRange(rules.Fidelity.Agreement, 0.5, 1);

        var dataset = await sandbox.Client.GetDatasetAsync(first.Dataset);
        var time = dataset.Windows.Single(w => w.Name == "validation").Start.AddHours(20).AddMinutes(30);
        var explanation = await sandbox.ResultAsync<ModelExplanation>((await sandbox.Client.ExplainModelAsync(first.ModelId!, new ExplainRequest { Time = time, Output = "buy" })).OperationId);
        Assert.Equal(time.AddMinutes(-30), explanation.Time);
        Assert.Equal(("buy", true, "tsk"), (explanation.Output, explanation.Exact, explanation.ModelKind));
        Assert.InRange(explanation.Contributions.Sum(c => c.Contribution) - (explanation.Value - explanation.Expected), -1e-9, 1e-9);
        Assert.Equal(explanation.Value, explanation.Outputs["buy"], 6);
        Assert.Equal(rules.Rules.Count, explanation.Rules.Count);

        var backtest = await sandbox.ResultAsync<BacktestResult>(await sandbox.BacktestAsync(first.ModelId!));
        Assert.True(backtest.Metrics.Trades > 0, "no trade");
        Assert.Empty(backtest.Leaks);
    }

    [PostgresFact]
    public async Task Explain_MlpModel_HasContributionsAndNoRules()
    {
        sandbox.RestartTraining();
        var model = await sandbox.ResultAsync<TrainingResult>(await sandbox.TrainAsync(SandboxOfWorkers.Quick));
        var refused = await Assert.ThrowsAsync<KtrdrApiException>(() => sandbox.Client.GetModelRulesAsync(model.ModelId!));
        Assert.Contains("type mlp", refused.Message, StringComparison.Ordinal);

        var explanation = await sandbox.ResultAsync<ModelExplanation>((await sandbox.Client.ExplainModelAsync(model.ModelId!, new ExplainRequest())).OperationId);
        Assert.Empty(explanation.Rules);
        Assert.Equal(model.Features.Count, explanation.Contributions.Count);
        Assert.InRange(explanation.Contributions.Sum(c => c.Contribution) - (explanation.Value - explanation.Expected), -1e-9, 1e-9);

        var wrong = await Assert.ThrowsAsync<KtrdrApiException>(() => sandbox.Client.ExplainModelAsync(model.ModelId!, new ExplainRequest { Output = "up" }));
        Assert.Equal(("output", "buy, hold, sell"), (wrong.Problem.Field, wrong.Problem.Allowed));
    }
}
