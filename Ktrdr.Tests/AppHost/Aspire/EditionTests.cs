using Ktrdr.AppHost;
using Ktrdr.AppHost.Aspire;
using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.AppHost.Aspire;

public sealed class EditionTests
{
    private static readonly SandboxLayout Layout = new("/nowhere");

    [Theory]
    [InlineData(null, "/usr/bin/docker", typeof(AspireRealisation))]
    [InlineData("", "/usr/bin/podman", typeof(AspireRealisation))]
    [InlineData(null, null, typeof(NativeRealisation))]
    [InlineData("", null, typeof(NativeRealisation))]
    [InlineData("aspire", null, typeof(AspireRealisation))]
    [InlineData("native", "/usr/bin/docker", typeof(NativeRealisation))]
    public void Choose_AllowedOrNothing_GivesWhatIsSaidElseGoesByTheContainerEngine(string? choice, string? engine, Type expected)
        => Assert.IsType(expected, Edition.Choose(Layout, choice, engine));

    [Fact]
    public async Task Prepare_AspireWithoutAnEngine_IsRefusedInsteadOfWaitingForContainers()
    {
        var known = new SandboxFile { Slot = 0, Url = "", Ports = SandboxPorts.For(0), AppHost = ProcessIdentity.Current, CloneRoot = "/", StartedAt = DateTimeOffset.UnixEpoch, Status = SandboxStatus.Starting };
        var graph = SandboxGraph.For(0, new WorkerCounts(), AspireModel.Servers);

        var refused = await Assert.ThrowsAsync<SandboxException>(() => Edition.Choose(Layout, "aspire", engine: null).PrepareAsync(graph, known, _ => { }, default));

        Assert.Equal("no_container_engine", refused.Code);
    }

    [Theory]
    [InlineData("docker")]
    [InlineData("Aspire")]
    [InlineData(" native")]
    public void Choose_AnythingElse_IsRefusedByName(string choice)
        => Assert.Equal($"KTRDR_REALISATION is '{choice}': allowed are aspire and native.", Assert.Throws<UsageException>(() => Edition.Choose(Layout, choice, engine: null)).Message);
}
