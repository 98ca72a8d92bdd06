using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Sandboxes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Ktrdr.AppHost.Aspire;

/// <summary>What the Aspire dashboard offers to do with a resource.</summary>
internal static class SandboxCommands
{
    public const string Drain = "drain";
    public const string LogIn = "log-in";
    public const string Reset = "reset";

    public static void Add(SandboxResource resource, IResourceBuilder<ProjectResource> program, EndpointReference api, SandboxFolder folder)
    {
        if (resource.Name == SandboxGraph.Api)
        {
            program.WithUrlForEndpoint(AspireValues.Own, url => url.DisplayText = "Dashboard");
            program.WithCommand(LogIn, "Open the dashboard", context => LogInAsync(api, folder, context.CancellationToken), new CommandOptions
            {
                Description = "Makes a link that logs one browser in, once.",
                IconName = "Open",
                IsHighlighted = true,
                UpdateState = WhenHealthy,
            });
            program.WithCommand(Reset, "Reset the sandbox", context => SandboxReset.RunAsync(context, folder), new CommandOptions
            {
                Description = "Deletes what the sandbox has stored, and starts it anew.",
                ConfirmationMessage = "Everything that this sandbox has stored will be deleted: bars, models, results, the ledger. Go on?",
                IconName = "Delete",
                UpdateState = WhenHealthy,
            });
        }
        else if (resource.Project == SandboxGraph.WorkerProject)
        {
            program.WithCommand(Drain, "Drain", context => DrainAsync(api, resource.Name, folder, context.CancellationToken), new CommandOptions
            {
                Description = "Takes no new operations; those that run are finished.",
                IconName = "DrinkToGo",
                UpdateState = WhenHealthy,
            });
        }
    }

    private static ResourceCommandState WhenHealthy(UpdateCommandStateContext context)
        => context.ResourceSnapshot.HealthStatus is HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    private static async Task<ExecuteCommandResult> LogInAsync(EndpointReference api, SandboxFolder folder, CancellationToken cancellationToken)
    {
        using var client = Connect(api, folder);
        try
        {
            var link = await client.Sessions.CreateLoginLinkAsync(cancellationToken).ConfigureAwait(false);
            return CommandResults.Success("The link works once.", link.Url, CommandResultFormat.Text, displayImmediately: true);
        }
        catch (KtrdrApiException refused)
        {
            return CommandResults.Failure(refused.Message);
        }
    }

    private static async Task<ExecuteCommandResult> DrainAsync(EndpointReference api, string worker, SandboxFolder folder, CancellationToken cancellationToken)
    {
        using var client = Connect(api, folder);
        try
        {
            var drained = await client.Api.DrainWorkerAsync(worker, cancellationToken).ConfigureAwait(false);
            return CommandResults.Success($"{worker} takes nothing new; {drained.Operations.Count} operations are being finished.");
        }
        catch (KtrdrApiException refused)
        {
            return CommandResults.Failure(refused.Message);
        }
    }

    private static SandboxClient Connect(EndpointReference api, SandboxFolder folder)
        => new(api.Url, new SandboxSecrets(folder).Read(SandboxSecrets.AdminToken));
}
