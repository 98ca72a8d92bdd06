using Ktrdr.Agents.Assessing;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Agents.Designing;
using Ktrdr.Tests.Agents.Research;
using Xunit;

namespace Ktrdr.Tests.Agents.Assessing;

public sealed class AssessorTests
{
    private static readonly Experiment Experiment = new()
    {
        Id = "e",
        CampaignId = "c",
        Number = 1,
        Phase = ExperimentPhase.Assessing,
        StrategyName = "s",
        StrategyHash = "abcdef",
        ModelId = "m",
    };

    [Fact]
    public void Assess_ARun_SaysTheNumbers()
    {
        var backtest = Run(new BacktestMetrics { Trades = 142, Sharpe = -0.83, NetTStatistic = -1.07, MaxDrawdown = 0.0412, CostsPaid = 1_234, FinalEquity = 99_100, Exposure = 0.61, WinRate = 0.47 }) with
        {
            SharpeAtDoubleCosts = -2.5,
            SharpeAtTripleCosts = -4,
            BuyAndHoldSharpe = 0.4,
            ProvisionalVerdict = "rejected",
            ProvisionalReasons = ["net Sharpe -0.83 is not above 0"],
        };

        var assessment = Assess(backtest);

        Assert.Equal("rejected", assessment.ProvisionalVerdict);
        Assert.Contains("Net Sharpe -0.83 (t -1.07) from 142 trades in 5000 bars of validation; exposure 61.0 %, win rate 47.0 %.", assessment.Findings);
        Assert.Contains("Before costs it gained 334; costs took 1234, which leaves -900 on a capital of 100000.", assessment.Findings);
        Assert.Contains("Deepest drawdown 4.12 %; net Sharpe at twice the costs -2.50, at three times -4.00; buy and hold +0.40.", assessment.Findings);
        Assert.Contains("Verdict rules: net Sharpe -0.83 is not above 0", assessment.Findings);
        Assert.Contains("Costs of 1234 are more than the 334 it earned before them.", assessment.Weaknesses);
        Assert.Contains(assessment.Suggestions, s => s.StartsWith("Trade less often", StringComparison.Ordinal));
    }

    [Fact]
    public void Assess_Attribution_NamesWhatHelpsAndWhatDoesNot()
    {
        InputAttribution[] attribution = [new("rsi_state", 0.9, 0.95, 0.05), new("atr", 0.9, 0.88, -0.02), new("macd.line", 0.9, null, null)];

        var assessment = Assess(Run(new BacktestMetrics { Trades = 50, Sharpe = 1.2, NetTStatistic = 1.5, FinalEquity = 104_000, CostsPaid = 100 }), attribution);

        Assert.Equal(attribution, assessment.Attribution);
        Assert.Contains("Without rsi_state the loss on the last fifth of the training window is 0.95 instead of 0.9 (+0.05).", assessment.Findings);
        Assert.Contains("rsi_state helps most: leaving it out costs 0.05 of loss.", assessment.Strengths);
        Assert.Contains("Leave atr out.", assessment.Suggestions);
        Assert.DoesNotContain("Leave macd.line out.", assessment.Suggestions);
        Assert.Contains(assessment.Findings, f => f.StartsWith("What macd.line brings is unknown", StringComparison.Ordinal));
    }

    [Fact]
    public void Assess_AGate_IsTheReasonForTheVerdict()
    {
        var gated = Experiment with { Gate = new GateOutcome("backtest", false, "No trade in the 5000 bars of the validation window.") };

        var assessment = Assessor.Assess(new Evidence(gated, ScriptedRuns.Training(gated), Run(new BacktestMetrics()), []));

        Assert.Equal("rejected", assessment.ProvisionalVerdict);
        Assert.Contains("The backtest gate stopped it: No trade in the 5000 bars of the validation window.", assessment.Findings);
        Assert.DoesNotContain(assessment.Findings, f => f.Contains("Sharpe", StringComparison.Ordinal));
    }

    [Fact]
    public void Assess_UndefinedFigures_AreSaidToBeUndefined() =>
        Assert.Contains(Assess(Run(new BacktestMetrics { Trades = 1, FinalEquity = 100_000 })).Findings, f => f.StartsWith("Net Sharpe undefined (t undefined)", StringComparison.Ordinal));

    [Fact]
    public void InputsOf_Document_AreAtMostFourAndNoneWhereNothingWouldBeLeft()
    {
        foreach (var document in Enumerable.Range(1, 60).Select(seed => Ktrdr.Agents.Designing.Designer.Create(DesignRequestExample.Of(seed)).Document))
        {
            var inputs = AblationPlan.InputsOf(document);

            Assert.InRange(inputs.Count, 2, AblationPlan.MostInputs);
            Assert.All(inputs, name => Assert.Contains(document.Inputs, i => (i.FuzzySet ?? i.RawIndicator!.ToString()) == name));
            Assert.Empty(AblationPlan.InputsOf(document with { Inputs = [document.Inputs[0]] }));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Assess_ProofWithoutACutPoint_IsAWeakness(int cutPoints, bool isWeak)
    {
        var assessment = Assess(Run(new BacktestMetrics { Trades = 1, FinalEquity = 100_000 }) with { Proof = new LookaheadProof(cutPoints, 9, 100) });

        Assert.Equal(isWeak, assessment.Weaknesses.Any(w => w.StartsWith("Nothing could be tried", StringComparison.Ordinal)));
    }

    private static BacktestResult Run(BacktestMetrics metrics) => ScriptedRuns.Backtest(Experiment, "validation") with { Metrics = metrics };

    private static Assessment Assess(BacktestResult backtest, params InputAttribution[] attribution) => Assessor.Assess(new Evidence(Experiment, ScriptedRuns.Training(Experiment), backtest, attribution));
}
