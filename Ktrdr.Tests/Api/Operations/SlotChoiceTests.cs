using Ktrdr.Api.Operations;
using Ktrdr.Contracts.Operations;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

public sealed class SlotChoiceTests
{
    private static readonly DateTimeOffset Noon = new(2024, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Assign_TrainingPrefersGpu_TakesTheGpuWorkerFirst()
    {
        var slots = new[] { Slot("cpu", used: 0), Slot("gpu", gpu: true, used: 5) };
        var chosen = SlotChoice.Assign(slots, [Training("a"), Training("b")]);
        Assert.Equal([("a", "gpu"), ("b", "cpu")], chosen.Select(c => (c.OperationId, c.WorkerId)));
    }

    [Fact]
    public void Assign_CheckpointOfABuild_GoesToAWorkerOfThatBuildAndElseToAny()
    {
        var (old, gpu) = (Slot("old", used: 5) with { EngineBuild = "1+aa" }, Slot("gpu", gpu: true, used: 0) with { EngineBuild = "1+bb" });
        var saved = Training("a") with { SavedBy = "1+aa" };
        Assert.Equal("old", Assert.Single(SlotChoice.Assign([gpu, old], [saved])).WorkerId);
        Assert.Equal("gpu", Assert.Single(SlotChoice.Assign([gpu], [saved])).WorkerId);
        Assert.Equal("gpu", Assert.Single(SlotChoice.Assign([gpu, old], [Training("a")])).WorkerId);
    }

    [Fact]
    public void Assign_BacktestForbidsGpu_LeavesTheGpuFreeWhileItCan()
    {
        var slots = new[] { Slot("gpu", gpu: true, used: 0), Slot("cpu", used: 5) };
        Assert.Equal("cpu", Assert.Single(SlotChoice.Assign(slots, [Backtest("a")])).WorkerId);
    }

    [Fact]
    public void Assign_SeveralFree_TakesTheLeastRecentlyUsed()
    {
        var slots = new[] { Slot("w1", used: 9), Slot("w2", used: 3), Slot("w3", used: 6) };
        Assert.Equal(["w2", "w3", "w1"], SlotChoice.Assign(slots, [Backtest("a"), Backtest("b"), Backtest("c")]).Select(c => c.WorkerId));
    }

    [Fact]
    public void Assign_AbsentGpuRequired_BlocksNobodyBehindIt()
    {
        var chosen = SlotChoice.Assign([Slot("cpu")], [Training("a") with { Gpu = SlotChoice.GpuRequired }, Training("b")]);
        Assert.Equal("b", Assert.Single(chosen).OperationId);
    }

    [Fact]
    public void Assign_OtherBackend_IsPassedOver()
        => Assert.Empty(SlotChoice.Assign([Slot("cpu")], [Training("a") with { Backend = "torch-cpu" }]));

    [Theory]
    [InlineData(4, 0, 2)]
    [InlineData(4, 1, 1)]
    [InlineData(4, 2, 0)]
    [InlineData(1, 0, 0)]
    [InlineData(5, 0, 2)]
    public void Assign_Research_FillsAtMostHalfOfAWorkersSlots(int workerSlots, int running, int expected)
    {
        var slots = Enumerable.Range(0, workerSlots - running).Select(i => new FreeSlot("agent", i, false, ["simd"], Noon, running, workerSlots)).ToList();
        var queue = Enumerable.Range(0, 6).Select(i => new QueuedOperation($"r{i}", OperationTypes.AgentResearch, "simd", SlotChoice.GpuForbidden)).ToList();
        Assert.Equal(expected, SlotChoice.Assign(slots, queue).Count);
    }

    [Fact]
    public void Assign_MoreWorkThanSlots_KeepsTheQueuesOrder()
        => Assert.Equal(["a"], SlotChoice.Assign([Slot("w")], [Backtest("a"), Backtest("b")]).Select(c => c.OperationId));

    private static FreeSlot Slot(string worker, bool gpu = false, int used = 0) => new(worker, 0, gpu, ["simd"], Noon.AddSeconds(used));

    private static QueuedOperation Training(string id) => new(id, OperationTypes.Training, "simd", SlotChoice.GpuPreferred);

    private static QueuedOperation Backtest(string id) => new(id, OperationTypes.Backtest, "simd", SlotChoice.GpuForbidden);
}
