using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>Runs sandboxes with processes of this machine: PostgreSQL is found or fetched, Prometheus is used where it is installed.</summary>
/// <param name="notice">Said at every start: why this realisation was chosen, and which other there is; null for nothing to say.</param>
internal sealed class NativeRealisation(SandboxLayout layout, ProgramFolder programs, string? notice) : ISandboxRealisation
{
    public IReadOnlySet<ResourceKind> Servers { get; } =
        PrometheusServer.Program is null ? new HashSet<ResourceKind>() : new HashSet<ResourceKind> { ResourceKind.Prometheus };

    public async Task<ISandboxRunner> PrepareAsync(SandboxGraph graph, SandboxFile known, Action<string> say, CancellationToken cancellationToken)
    {
        var folder = layout.Slot(graph.Slot);
        var user = await ServerUser.ChooseAsync(cancellationToken).ConfigureAwait(false);
        var choice = Environment.GetEnvironmentVariable(PostgresInstallation.Variable);
        var installation = await PostgresInstallation.FindAsync(choice, layout.Cache, user, say, cancellationToken).ConfigureAwait(false);
        var cluster = await PostgresCluster.LocateAsync(folder, known.PostgresData, user, cancellationToken).ConfigureAwait(false);
        await PostgresServer.EndLeftoverAsync(cluster, cancellationToken).ConfigureAwait(false);
        await cluster.PrepareAsync(installation, new SandboxSecrets(folder), cancellationToken).ConfigureAwait(false);
        say($"PostgreSQL {installation.MajorVersion} ({installation.Source}, {installation.Bin}) as user {user.Name}");
        if (!Servers.Contains(ResourceKind.Prometheus))
        {
            say("Prometheus is not installed: metrics are at /metrics of every service, nothing collects them (apt-get install prometheus)");
        }

        if (notice is not null)
        {
            say(notice);
        }

        return new NativeRunner(graph, folder, programs, installation, cluster, user, say);
    }
}
