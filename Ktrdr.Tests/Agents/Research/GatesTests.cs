using Ktrdr.Agents.Research;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Research;
using Xunit;

namespace Ktrdr.Tests.Agents.Research;

public sealed class GatesTests
{
    private static readonly Experiment Experiment = new()
    {
        Id = "e",
        CampaignId = "c",
        Number = 1,
        Phase = ExperimentPhase.Training,
        StrategyName = "s",
        StrategyHash = "abcdef",
        ModelId = "m",
    };

    public static TheoryData<double?, int[], bool, string> Trainings => new()
    {
        { 0.9, [10, 5, 10], true, "3 classes" },
        { 0.9, [10, 0, 1], true, "2 classes" },
        { 0.9, [25, 0, 0], false, "BUY, on all 25 validation rows" },
        { 0.9, [0, 0, 25], false, "SELL, on all 25 validation rows" },
        { null, [10, 5, 10], false, "not finite" },
        { double.NaN, [], false, "not finite" },
        { double.PositiveInfinity, [], false, "not finite" },
        { 0.00001, [], true, "1E-05 is finite" },
    };

    [Theory]
    [MemberData(nameof(Trainings))]
    public void AfterTraining_StopsOnlyWhatCannotBeJudged(double? loss, int[] predicted, bool passes, string reason)
    {
        var gate = Gates.AfterTraining(ScriptedRuns.Training(Experiment, loss: loss) with { PredictedClassCounts = predicted });

        Assert.Equal(("training", passes), (gate.Gate, gate.Passed));
        Assert.Contains(reason, gate.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false, "No trade in the 5000 bars of the validation window")]
    [InlineData(1, true, "1 trade in")]
    [InlineData(500, true, "500 trades")]
    public void AfterBacktest_NeedsATrade(int trades, bool passes, string reason)
    {
        var gate = Gates.AfterBacktest(ScriptedRuns.Backtest(Experiment, "validation") with { Metrics = new BacktestMetrics { Trades = trades, Sharpe = -3 } });

        Assert.Equal(("backtest", passes), (gate.Gate, gate.Passed));
        Assert.Contains(reason, gate.Reason, StringComparison.Ordinal);
    }
}
