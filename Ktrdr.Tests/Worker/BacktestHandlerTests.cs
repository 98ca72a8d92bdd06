using Ktrdr.Contracts.Models;
using Ktrdr.Engine.Statistics;
using Ktrdr.Worker.Backtesting;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class BacktestHandlerTests
{
    [Fact]
    public void PartsOf_FoldsOfATraining_EnterTheStabilityOfItsRuns()
    {
        FoldTraining Fold(int number, double? netReturn, double? sharpe) => new(number, default, default, 100, 50, 0.6, 0.5, netReturn, sharpe);

        var parts = TestedModel.PartsOf([Fold(1, 0.1, 2), Fold(2, -0.05, -1), Fold(3, 0, null), Fold(4, null, null)]);

        Assert.Equal([new StabilityPart(StabilityKind.Fold, "fold 1", 2, 0.1), new(StabilityKind.Fold, "fold 2", -1, -0.05), new(StabilityKind.Fold, "fold 3", null, 0)], parts);
        Assert.True(Stability.Of(parts).Score < 0.5);
    }
}
