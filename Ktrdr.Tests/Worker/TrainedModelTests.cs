using Ktrdr.Contracts.Models;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class TrainedModelTests
{
    private const int TrainedBars = 600;

    private static readonly BarSeries Bars = SyntheticMarket.Null(1, 1000, "EURUSD", Timeframe.Parse("1h"));

    [Theory]
    [InlineData("validation")]
    [InlineData("test")]
    public void CheckUnseen_WindowWithATrainedBar_IsRefusedWithTheBorder(string window)
    {
        var refused = Assert.Throws<OperationFailedException>(() => Model("EURUSD").CheckUnseen(window, Bars, TrainedBars - 1, 800));

        Assert.Contains($"window is '{window}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains(DateTimeOffset.FromUnixTimeMilliseconds(Bars.Times[TrainedBars - 1]).UtcDateTime.ToString("O"), refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("validation", TrainedBars, "EURUSD")]
    [InlineData("validation", 0, "GBPUSD")]
    [InlineData("train", 0, "EURUSD")]
    [InlineData(null, 0, "EURUSD")]
    public void CheckUnseen_NothingTrainedOnOrNoEvidence_IsAllowed(string? window, int start, string trainedOn)
        => Assert.Null(Record.Exception(() => Model(trainedOn).CheckUnseen(window, Bars, start, 800)));

    private static TrainedModel Model(string symbol)
    {
        var strategy = StrategyReader.Parse(File.ReadAllText(Path.Combine(Repository.Root, "strategies", "eurusd_reversion_1h.yaml")));
        var shape = new MlpShape(1, [4], 3, Activation.Relu, 0);
        var manifest = new ModelManifest
        {
            EngineVersion = "1",
            Shape = shape,
            Outputs = ["buy", "hold", "sell"],
            Features = ["f"],
            Normalization = [],
            Symbol = symbol,
            Timeframe = "1h",
            StrategyHash = "s",
            DatasetHash = "d",
            WeightsHash = "w",
            Seed = 1,
            TrainingStart = Bars.Times[0],
            TrainingEnd = Bars.Times[TrainedBars - 1],
            BestEpoch = 1,
            StopReason = Ktrdr.Engine.Learning.StopReason.Completed,
        };
        var stored = new Model { Id = "m", Version = 1, OperationId = "o", Symbol = symbol, Timeframe = "1h", Training = null! };
        return new TrainedModel(stored, manifest, new TrainedStrategy(strategy, Normalization.None, [new TrainedSeed(1, Network.Initialize(shape, 1), null)]));
    }
}
