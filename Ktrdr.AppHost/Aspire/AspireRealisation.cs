using Aspire.Hosting;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Runs sandboxes with Aspire: our programs as processes, everything else as containers.</summary>
/// <param name="engine">The program of the container engine that answers; null where none does.</param>
internal sealed class AspireRealisation(SandboxLayout layout, string? engine) : ISandboxRealisation
{
    public IReadOnlySet<ResourceKind> Servers => AspireModel.Servers;

    public Task<ISandboxRunner> PrepareAsync(SandboxGraph graph, SandboxFile known, Action<string> say, CancellationToken cancellationToken)
    {
        if (engine is null)
        {
            // Aspire would wait for the database for ever.
            throw new SandboxException("no_container_engine", $"Aspire runs the database as a container, and no container engine answers: start docker or podman, or set {ISandboxRealisation.Variable}=native.");
        }

        Directory.CreateDirectory(layout.Shared);
        // The command line is ours; Aspire reads its own settings from the environment.
        var builder = AspireModel.Build(() => DistributedApplication.CreateBuilder([]), graph, layout);
        return Task.FromResult<ISandboxRunner>(new AspireRunner(builder.Build(), graph));
    }
}
