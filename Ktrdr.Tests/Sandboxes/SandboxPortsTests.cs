using Ktrdr.Contracts.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.Sandboxes;

public sealed class SandboxPortsTests
{
    [Theory]
    [InlineData(0, 8000, 5432, 3000, 16686, 9090, 5003)]
    [InlineData(1, 8001, 5433, 3001, 16687, 9091, 5010)]
    [InlineData(2, 8002, 5434, 3002, 16688, 9092, 5020)]
    [InlineData(40, 8040, 5472, 3040, 16726, 9130, 5400)]
    public void For_Slot_IsTheTable(int slot, int api, int postgres, int grafana, int jaeger, int prometheus, int firstWorker)
    {
        var ports = SandboxPorts.For(slot);

        Assert.Equal((api, postgres, grafana, jaeger, prometheus), (ports.Api, ports.Postgres, ports.Grafana, ports.Jaeger, ports.Prometheus));
        Assert.Equal([firstWorker, firstWorker + 1, firstWorker + 2, firstWorker + 3], ports.Workers);
    }

    [Fact]
    public void For_AllSlots_NoPortTwice()
    {
        var all = Enumerable.Range(SandboxPorts.FirstSlot, SandboxPorts.LastSlot + 1)
            .Select(SandboxPorts.For)
            .SelectMany(p => p.Workers.Append(p.Api).Append(p.Postgres).Append(p.Grafana).Append(p.Jaeger).Append(p.Prometheus))
            .Append(SandboxPorts.IbHost)
            .Append(SandboxPorts.TrainingHost)
            .ToList();

        Assert.Equal(all.Count, all.Distinct().Count());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(41)]
    public void For_SlotOutside_NamesTheRange(int slot)
    {
        var error = Assert.Throws<SandboxException>(() => SandboxPorts.For(slot));

        Assert.Equal($"slot {slot} does not exist: slots are 0 to 40.", error.Message);
    }
}
