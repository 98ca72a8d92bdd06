using Ktrdr.Engine.Features;
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
}
