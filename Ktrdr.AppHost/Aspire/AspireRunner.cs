using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Runs one graph with Aspire, which restarts, orders and stops the resources.</summary>
internal sealed class AspireRunner(DistributedApplication application, SandboxGraph graph) : ISandboxRunner
{
    public event Action? Changed;

    public string? PostgresData => null;

    public string Logs => "Aspire's dashboard";

    /// <summary>Aspire knows the processes and containers; their ids are not ours to end.</summary>
    public IReadOnlyList<SandboxProcess> Snapshot()
        => [.. graph.Resources.Select(resource => new SandboxProcess(resource.Name, Process: null, resource.Endpoint?.Port, Restarts: 0, Logs))];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            var notifications = application.Services.GetRequiredService<ResourceNotificationService>();
            // The first that fails is the cause, not those that wait for it: the graph's order, and the servers that watch the programs last.
            foreach (var resource in graph.Resources.OrderBy(resource => AspireModel.Servers.Contains(resource.Kind)))
            {
                await (resource.Kind == ResourceKind.OneShot
                    ? OneShots.WaitAsync(notifications, resource.Name, DateTime.MinValue, cancellationToken)
                    : notifications.WaitForResourceHealthyAsync(resource.Name, WaitBehavior.StopOnResourceUnavailable, cancellationToken)).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (error is DistributedApplicationException or InvalidOperationException or OptionsValidationException)
        {
            throw new SandboxException("start_failed", $"Aspire could not start the sandbox: {error.Message.ReplaceLineEndings(" ")}", error);
        }

        Changed?.Invoke();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await application.StopAsync().ConfigureAwait(false);
        }
        finally
        {
            await application.DisposeAsync().ConfigureAwait(false);
        }
    }
}
