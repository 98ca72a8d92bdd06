using Ktrdr.Contracts.Models;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Statistics;
using Ktrdr.Worker.Backtesting;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class BacktestHandlerTests
{
    [Fact]
    public void RequireNone_Leak_FailsTheRunAndNamesTheNode()
    {
        var refused = Assert.Throws<OperationFailedException>(() => BacktestHandler.RequireNone([new Leak(LeakKind.Indicator, "rsi_14", "1h", 7, 9)]));

        Assert.Equal("look_ahead", refused.Code);
        Assert.Contains("indicator rsi_14 on 1h looks ahead", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequireNone_NoLeak_Passes() => BacktestHandler.RequireNone([]);

    [Fact]
    public void PartsOf_FoldsOfATraining_EnterTheStabilityOfItsRuns()
    {
        FoldTraining Fold(int number, double? netReturn, double? sharpe) => new(number, default, default, 100, 50, 0.6, 0.5, netReturn, sharpe);

        var parts = TestedModel.PartsOf([Fold(1, 0.1, 2), Fold(2, -0.05, -1), Fold(3, 0, null), Fold(4, null, null)]);

        Assert.Equal([new StabilityPart(StabilityKind.Fold, "fold 1", 2, 0.1), new(StabilityKind.Fold, "fold 2", -1, -0.05), new(StabilityKind.Fold, "fold 3", null, 0)], parts);
        Assert.True(Stability.Of(parts).Score < 0.5);
    }
}
