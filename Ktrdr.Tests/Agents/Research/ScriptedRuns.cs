using System.Globalization;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Research;

namespace Ktrdr.Tests.Agents.Research;

/// <summary>Results of trainings and backtests whose figures follow from the strategy's hash.</summary>
internal static class ScriptedRuns
{
    public static TrainingResult Training(Experiment experiment, bool oneClass = false, double? loss = 0.9) => new()
    {
        StrategyName = experiment.StrategyName!,
        StrategyHash = experiment.StrategyHash!,
        Dataset = "data",
        Start = default,
        End = default,
        Seed = 1,
        EngineVersion = "1",
        WeightsHash = "w",
        ManifestSha256 = "m",
        WeightsSha256 = "w",
        StrategySha256 = "s",
        Features = [],
        Parameters = 10,
        EpochsTrained = 12,
        BestEpoch = 7,
        StopReason = "patience",
        TrainRows = 800,
        ValidationRows = 200,
        ValidationLoss = loss,
        PredictedClassCounts = oneClass ? [0, 200, 0] : [80, 40, 80],
        ModelId = $"model_{experiment.Number}",
    };

    public static BacktestResult Backtest(Experiment experiment, string window, bool withoutTrade = false)
    {
        var t = withoutTrade ? (double?)null : Figure(experiment.StrategyHash!);
        return new BacktestResult
        {
            Model = experiment.ModelId!,
            StrategyName = experiment.StrategyName!,
            StrategyHash = experiment.StrategyHash!,
            Dataset = "data",
            Symbol = "EURUSD",
            Timeframe = "1h",
            Window = window,
            Start = default,
            End = default,
            Bars = 5_000,
            Seed = 1,
            EngineVersion = "1",
            InitialCapital = 100_000,
            Commission = 0.00003,
            Slippage = 0.00002,
            Metrics = new BacktestMetrics { Trades = withoutTrade ? 0 : 120, Sharpe = t, NetTStatistic = t, MaxDrawdown = 0.07, CostsPaid = 900, FinalEquity = withoutTrade ? 100_000 : 100_000 + (1_000 * t!.Value) },
            TradeListHash = "t",
            ProvisionalVerdict = t > 0 ? "unproven" : "rejected",
            ProvisionalReasons = t > 0 ? [] : ["net Sharpe is not above 0"],
        };
    }

    /// <summary>Between −2 and 2.</summary>
    private static double Figure(string hash) => (int.Parse(hash[..3], NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 1_024.0) - 2;
}
