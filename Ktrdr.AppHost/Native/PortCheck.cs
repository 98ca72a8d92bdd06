using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>A port that the sandbox needs and somebody else has.</summary>
public sealed record TakenPort(int Port, string Purpose, string? Owner);

/// <summary>Looks at ports before anything is started.</summary>
public static class PortCheck
{
    /// <summary>The ports of the graph that are taken, in its order.</summary>
    public static IReadOnlyList<TakenPort> FindTaken(SandboxGraph graph)
        => [.. from resource in graph.Resources
               where resource.Endpoint is { Port: { } port } && !IsFree(port)
               select new TakenPort(resource.Endpoint!.Port!.Value, resource.Endpoint.Purpose, OwnerOf(resource.Endpoint.Port.Value))];

    public static bool AllFree(SandboxGraph graph)
        => graph.Resources.All(resource => resource.Endpoint?.Port is not { } port || IsFree(port));

    /// <summary>One line: the port, what it is for, who has it, and what to do.</summary>
    public static SandboxException Describe(int slot, IReadOnlyList<TakenPort> taken, int? freeSlot)
    {
        var ports = string.Join(", ", taken.Select(port => $"port {port.Port} ({port.Purpose}) is taken{(port.Owner is null ? "" : $" by {port.Owner}")}"));
        var advice = freeSlot is null ? "no other slot is free" : $"slot {freeSlot} is free (--slot {freeSlot})";
        return new SandboxException("port_taken", $"slot {slot} cannot start: {ports}; {advice}.");
    }

    public static bool IsFree(int port)
    {
        if (IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port))
        {
            return false;
        }

        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A port that nobody listens on at this moment.</summary>
    public static int TakeFree()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Name and id of the process that listens on a port; null where that cannot be seen.</summary>
    internal static string? OwnerOf(int port) => OperatingSystem.IsLinux() ? OwnerOnLinux(port) : null;

    private static string? OwnerOnLinux(int port)
    {
        var sockets = new[] { "/proc/net/tcp", "/proc/net/tcp6" }
            .Where(File.Exists)
            .SelectMany(File.ReadLines)
            .Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 9 && fields[3] == "0A" && fields[1].EndsWith(string.Create(CultureInfo.InvariantCulture, $":{port:X4}"), StringComparison.Ordinal))
            .Select(fields => $"socket:[{fields[9]}]")
            .ToHashSet();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                if (Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(target)))
                {
                    return $"{File.ReadAllText(Path.Combine(process, "comm")).Trim()} (process {Path.GetFileName(process)})";
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another user's process, or one that has just ended.
            }
        }

        return null;
    }
}
