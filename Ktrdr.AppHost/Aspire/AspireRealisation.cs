using Aspire.Hosting;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Runs sandboxes with Aspire: our programs as processes, everything else as containers.</summary>
internal sealed class AspireRealisation(SandboxLayout layout) : ISandboxRealisation
{
    public IReadOnlySet<ResourceKind> Servers => AspireModel.Servers;

    public Task<ISandboxRunner> PrepareAsync(SandboxGraph graph, SandboxFile known, Action<string> say, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(layout.Shared);
        // The command line is ours; Aspire reads its own settings from the environment.
        var builder = AspireModel.Build(() => DistributedApplication.CreateBuilder([]), graph, layout);
        return Task.FromResult<ISandboxRunner>(new AspireRunner(builder.Build(), graph));
    }
}
