using Aspire.Hosting;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Microsoft.Extensions.Configuration;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Writes a sandbox down with Aspire's publishers.</summary>
internal static class AspirePublishing
{
    public static async Task RunAsync(HostCommand.Publish publish, CancellationToken cancellationToken)
    {
        var graph = SandboxGraph.For(publish.Slot, publish.Workers, AspireModel.Servers);
        var builder = AspireModel.Build(() => DistributedApplication.CreateBuilder(Arguments(publish)), graph, SandboxLayout.FromEnvironment());
        // Publishing asks for every parameter's value and waits for it, though none is written down.
        builder.Configuration.AddInMemoryCollection(SandboxSecrets.Names.Select(secret => KeyValuePair.Create($"Parameters:{AspireValues.ParameterName(secret)}", (string?)"not-published")));
        await using var application = builder.Build();
        await application.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string[] Arguments(HostCommand.Publish publish) => publish.Target == PublishTarget.Manifest
        ? ["--publisher", "manifest", "--output-path", publish.Output]
        : ["--operation", "publish", "--step", "publish", "--output-path", publish.Output];
}
