using Ktrdr.AppHost.Sandboxes;

namespace Ktrdr.AppHost;

/// <summary>What the command line asks for.</summary>
public abstract record HostCommand
{
    private HostCommand()
    {
    }

    public sealed record Help : HostCommand;

    /// <summary>Start a sandbox and stay up.</summary>
    /// <param name="Slot">Null takes the first slot whose ports are all free.</param>
    public sealed record Run(int? Slot, WorkerCounts Workers) : HostCommand;

    /// <summary>Start a sandbox, run research cycles, show what came out.</summary>
    public sealed record Demo(int? Slot, WorkerCounts Workers, int Cycles, long Seed, DemoData Data, bool Exit) : HostCommand;

    public sealed record Stop(int Slot) : HostCommand;

    /// <summary>Write down a sandbox for somebody else to run.</summary>
    /// <param name="Output">A file for the manifest, else a folder.</param>
    public sealed record Publish(PublishTarget Target, int Slot, WorkerCounts Workers, string Output) : HostCommand;
}

public enum PublishTarget
{
    /// <summary>Aspire's manifest: one JSON file.</summary>
    Manifest,

    /// <summary>Docker Compose.</summary>
    Compose,

    /// <summary>A Helm chart.</summary>
    Kubernetes,
}

/// <param name="File">CSV, plain or gzipped; null generates a synthetic market.</param>
public sealed record DemoData(string? File, string Symbol, string Timeframe);

/// <summary>The command line is wrong: one line that names the option, its value and what is allowed.</summary>
public sealed class UsageException(string message) : Exception(message);
