using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire.Publishing;

/// <summary>What is known about the images: which user they run as, and what a check can be made with inside.</summary>
internal static class ContainerFacts
{
    /// <summary>The user that .NET's images call <c>app</c>.</summary>
    public const long ProgramUser = 1654;

    /// <summary>Longer than a program takes to finish or give back what it does.</summary>
    public const int StopSeconds = 30;

    public static bool IsProgram(SandboxResource resource) => resource.Project is not null;

    public static bool HasGpu(SandboxResource resource) => resource.Environment.ContainsKey(SandboxVariables.WorkerHasGpu);

    public static long User(SandboxResource resource) => resource.Kind switch
    {
        ResourceKind.Service or ResourceKind.OneShot => ProgramUser,
        ResourceKind.Postgres => 70,
        ResourceKind.Prometheus => 65534,
        ResourceKind.Grafana => 472,
        ResourceKind.Collector or ResourceKind.Jaeger => 10001,
        var unknown => throw new InvalidOperationException($"Nothing is known about the image of a {unknown}."),
    };

    /// <summary>The image's name, without registry and tag; null for images that are not ours.</summary>
    public static string? Image(SandboxResource resource) => resource.Project?.ToLowerInvariant().Replace('.', '-');

    /// <summary>A command that succeeds inside the container when the resource is ready; null where the image has nothing to run one with.</summary>
    public static IReadOnlyList<string>? Check(SandboxResource resource) => resource.Kind switch
    {
        // While the database is being set up, its server answers on a socket only.
        ResourceKind.Postgres => ["pg_isready", "--host=127.0.0.1", $"--username={SandboxVariables.SuperuserRole}", $"--dbname={SandboxVariables.DatabaseName}"],
        ResourceKind.Prometheus or ResourceKind.Grafana or ResourceKind.Jaeger
            => ["wget", "-q", "-O", "/dev/null", $"http://127.0.0.1:{AspireModel.PortInContainer(resource)}{resource.Endpoint!.ReadinessPath}"],
        // .NET's image has a shell and nothing that speaks HTTP; a second .NET process every few seconds would cost more than what it watches.
        ResourceKind.Service =>
        [
            "bash", "-c",
            $"exec 3<>/dev/tcp/127.0.0.1/{AspireModel.PortInContainer(resource)} && printf 'GET {resource.Endpoint!.ReadinessPath} HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r answer <&3 && [[ $answer == *' 200 '* ]]",
        ],
        _ => null,
    };

    /// <summary>The secrets whose files a container reads.</summary>
    public static IReadOnlyList<string> SecretFiles(SandboxResource resource) => resource switch
    {
        { Name: SandboxGraph.Api } => [SandboxSecrets.AdminToken, SandboxSecrets.ResearcherToken, SandboxSecrets.ReaderToken, SandboxSecrets.JoinToken],
        { Kind: ResourceKind.Prometheus } => [SandboxSecrets.ReaderToken],
        _ => [.. resource.Environment.Values.OfType<ResourceValue.SecretFile>().Select(file => file.Secret)],
    };
}
