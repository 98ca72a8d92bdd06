using System.Net;
using System.Net.Sockets;
using Ktrdr.AppHost.Native;
using Xunit;

namespace Ktrdr.Tests.AppHost.Native;

public sealed class PortCheckTests
{
    [Fact]
    public void IsFree_SomebodyListensOnEveryAddress_IsNot()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.False(PortCheck.IsFree(port));
        listener.Stop();
        Assert.True(PortCheck.IsFree(port));
    }

    [Fact]
    public void OwnerOf_OurOwnListener_IsThisProcess()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        Assert.EndsWith($"(process {Environment.ProcessId})", PortCheck.OwnerOf(((IPEndPoint)listener.LocalEndpoint).Port), StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_TakenPort_NamesPortPurposeOwnerAndAFreeSlot()
    {
        var error = PortCheck.Describe(6, [new TakenPort(8006, "the Api and its dashboard", "nginx (process 12)"), new TakenPort(5438, "PostgreSQL", null)], freeSlot: 7);

        Assert.Equal("slot 6 cannot start: port 8006 (the Api and its dashboard) is taken by nginx (process 12), port 5438 (PostgreSQL) is taken; slot 7 is free (--slot 7).", error.Message);
    }
}
