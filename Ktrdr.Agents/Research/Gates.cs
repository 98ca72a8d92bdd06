using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Counted = Ktrdr.Engine.Counted;

namespace Ktrdr.Agents.Research;

/// <summary>What stops an experiment that cannot be judged. A bad result is not stopped: that is for the verdict.</summary>
internal static class Gates
{
    public const string Training = "training";
    public const string Backtest = "backtest";

    /// <summary>The training worker's word for a loss that is not finite from the first epoch on.</summary>
    private const string Diverged = "training_diverged";

    public static GateOutcome AfterTraining(TrainingResult training)
    {
        if (training.ValidationLoss is not { } loss || !double.IsFinite(loss))
        {
            return new GateOutcome(Training, false, "The validation loss is not finite: the training diverged.");
        }

        var predictions = training.PredictedClassCounts.Sum();
        var predicted = training.PredictedClassCounts.Count(c => c > 0);
        return predictions > 0 && predicted == 1
            ? new GateOutcome(Training, false, $"The model predicts one class, {ClassName(training.PredictedClassCounts)}, on all {predictions} validation rows.")
            : new GateOutcome(Training, true, $"The validation loss {Text.Significant(loss)} is finite{(predictions > 0 ? $" and {predicted} classes are predicted" : "")}.");
    }

    /// <summary>A training that gave no usable epoch is the design's result; any other failure is the machine's. Null for the latter.</summary>
    public static GateOutcome? AfterFailedTraining(OperationFailure? failure) => failure?.Code == Diverged
        ? new GateOutcome(Training, false, $"The training diverged: {failure.Message}")
        : null;

    public static GateOutcome AfterBacktest(BacktestResult backtest) => backtest.Metrics.Trades == 0
        ? new GateOutcome(Backtest, false, $"No trade in the {Counted.Of(backtest.Bars, "bar")} of the {backtest.Window} window: the decisions never pass their thresholds.")
        : new GateOutcome(Backtest, true, $"{Counted.Of(backtest.Metrics.Trades, "trade")} in the {backtest.Window} window.");

    private static string ClassName(IReadOnlyList<int> counts)
    {
        string[] names = ["BUY", "HOLD", "SELL"];
        var index = counts.ToList().FindIndex(c => c > 0);
        return counts.Count == names.Length ? names[index] : $"number {index}";
    }
}
