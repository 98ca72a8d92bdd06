using Aspire.Hosting;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Microsoft.Extensions.Configuration;

namespace Ktrdr.AppHost.Aspire.Publishing;

/// <summary>Writes a sandbox down with Aspire's publishers, and closes what they leave open.</summary>
internal static class AspirePublishing
{
    public static async Task RunAsync(HostCommand.Publish publish, CancellationToken cancellationToken)
    {
        var workers = publish.Target == PublishTarget.Manifest ? publish.Workers : publish.Workers with { Gpu = 1 };
        var graph = SandboxGraph.For(publish.Slot, workers, AspireModel.Servers);
        var builder = AspireModel.Build(() => DistributedApplication.CreateBuilder(Arguments(publish)), graph, SandboxLayout.FromEnvironment(), publish.Target);
        // Publishing asks for every parameter's value and waits for it, though none is written down.
        builder.Configuration.AddInMemoryCollection(SandboxSecrets.Names.Select(secret => KeyValuePair.Create($"Parameters:{AspireValues.ParameterName(secret)}", (string?)"not-published")));
        IPublishedOutput output = publish.Target switch
        {
            PublishTarget.Manifest => new ManifestOutput(graph),
            PublishTarget.Compose => new ComposeOutput(graph),
            PublishTarget.Kubernetes => new KubernetesOutput(graph),
            var unknown => throw new InvalidOperationException($"{unknown} is not something to publish."),
        };
        output.Prepare(builder, publish.Output);
        await using (var application = builder.Build())
        {
            await application.RunAsync(cancellationToken).ConfigureAwait(false);
        }

        output.Complete(publish.Output);
    }

    /// <summary>With <c>--clear-cache</c>, Aspire neither reads nor writes the values of parameters below the user's home.</summary>
    private static string[] Arguments(HostCommand.Publish publish) => publish.Target == PublishTarget.Manifest
        ? ["--publisher", "manifest", "--output-path", publish.Output]
        : ["--operation", "publish", "--step", "publish", "--clear-cache", "true", "--output-path", publish.Output];
}

/// <summary>What is done beyond Aspire's publisher for one kind of output.</summary>
internal interface IPublishedOutput
{
    /// <summary>Adds what the publisher is to write besides the model.</summary>
    void Prepare(IDistributedApplicationBuilder builder, string output);

    /// <summary>Finishes what the publisher has written.</summary>
    void Complete(string output);
}
