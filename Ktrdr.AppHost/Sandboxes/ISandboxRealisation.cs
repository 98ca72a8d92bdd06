using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>A way to run a sandbox's graph: with processes of this machine, or with Aspire.</summary>
public interface ISandboxRealisation
{
    /// <summary>Forces one of those that the edition has: <c>native</c>, and in the full edition <c>aspire</c>.</summary>
    const string Variable = "KTRDR_REALISATION";

    /// <summary>The kinds of servers it runs here, besides PostgreSQL and our own executables.</summary>
    IReadOnlySet<ResourceKind> Servers { get; }

    /// <summary>Makes everything ready that must be there before the first resource starts.</summary>
    /// <param name="known">What the slot's earlier starts left written.</param>
    /// <param name="say">Told in one line what people should know.</param>
    /// <exception cref="SandboxException">Something that is needed is not there.</exception>
    Task<ISandboxRunner> PrepareAsync(SandboxGraph graph, SandboxFile known, Action<string> say, CancellationToken cancellationToken);
}

/// <summary>Runs one graph. Disposing stops what was started, dependents first.</summary>
public interface ISandboxRunner : IAsyncDisposable
{
    /// <summary>Raised when a resource starts or ends.</summary>
    event Action? Changed;

    /// <summary>Where PostgreSQL keeps its data on this machine; null where that is not a folder of this machine.</summary>
    string? PostgresData { get; }

    /// <summary>Where people find what the resources say: a folder of this machine, or words for a place that is none.</summary>
    string Logs { get; }

    IReadOnlyList<SandboxProcess> Snapshot();

    /// <summary>Starts everything and returns when everything is ready.</summary>
    /// <exception cref="SandboxException">Something could not be started; what was started runs until the runner is disposed.</exception>
    Task StartAsync(CancellationToken cancellationToken);
}
