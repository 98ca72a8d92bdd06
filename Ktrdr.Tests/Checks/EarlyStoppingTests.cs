using Ktrdr.Engine.Learning;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>On rows where there is nothing to learn a network overfits: what comes back is the best epoch, not the last.</summary>
public sealed class EarlyStoppingTests
{
    [Theory]
    [InlineData("mlp")]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void Train_OverfittingTask_GivesBackTheWeightsOfTheBestEpochByHash(string kind)
    {
        var document = CheckMarket.WithModel(CheckMarket.Single, kind).Replace("epochs: 4, batch_size: 64", "epochs: 60, batch_size: 32, learning_rate: 0.02, early_stopping: {patience: 4, min_delta: 0}", StringComparison.Ordinal);
        var market = CheckMarket.View(CheckMarket.Bars(900, 4));
        var run = CheckMarket.Training(document, market, 900);
        var stopped = run.Train(1).Outcomes[0];

        Assert.Equal(StopReason.EarlyStopping, stopped.StopReason);
        Assert.Equal(stopped.BestEpoch + 4, stopped.History.Count);
        Assert.Equal(stopped.History.Min(e => e.ValidationLoss), stopped.History[stopped.BestEpoch - 1].ValidationLoss);

        // A training that ends there has these weights as its last; one that ends where this one stopped has others as its last, and gives back these.
        var atBest = CheckMarket.Training(document.Replace("epochs: 60", $"epochs: {stopped.BestEpoch}", StringComparison.Ordinal), market, 900).Train(1).Outcomes[0];
        Assert.Equal(StopReason.Completed, atBest.StopReason);
        Assert.Equal(atBest.WeightsHash, stopped.WeightsHash);
        Assert.Equal(stopped.Network.WeightsHash(), stopped.WeightsHash);
    }
}
