using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire.Publishing;

/// <summary>
/// Docker Compose. Aspire's publisher writes services, variables and volumes; health and what waits for it, ports of the table on the
/// loopback address, files, secrets, images and confinement are added here.
/// </summary>
internal sealed partial class ComposeOutput(SandboxGraph graph) : IPublishedOutput
{
    public const string EnvironmentTemplate = ".env.example";
    public const string GpuOverlay = "gpu.yaml";

    /// <summary>Gives the programs' volumes to their user: an engine creates them for root.</summary>
    private const string Volumes = "volumes";

    private readonly ComposeFile _gpu = new();

    /// <summary>The version of this build.</summary>
    public static string Version { get; } = typeof(ComposeOutput).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public void Prepare(IDistributedApplicationBuilder builder, string output)
        => builder.AddDockerComposeEnvironment("ktrdr")
            .WithDashboard(false)
            .WithProperties(environment => environment.DefaultNetworkName = "ktrdr")
            .ConfigureComposeFile(Complete)
            // Aspire's file of variables would stand where the filled-in one belongs.
            .ConfigureEnvFile(variables => variables.Clear());

    public void Complete(string output)
    {
        PublishedFiles.WriteFilled(output, graph);
        File.WriteAllText(Path.Combine(output, EnvironmentTemplate), Template());
        var overlay = _gpu.ToYaml();
        foreach (var service in _gpu.Services.Keys)
        {
            overlay = overlay.Replace($"  {service}:\n", $"  {service}:\n{GpuReservation}", StringComparison.Ordinal);
        }

        File.WriteAllText(Path.Combine(output, GpuOverlay), GpuHeader + overlay);
    }

    private void Complete(ComposeFile file)
    {
        foreach (var resource in graph.Resources)
        {
            var service = file.Services[resource.Name];
            if (ContainerFacts.IsProgram(resource))
            {
                CompleteProgram(resource, service);
            }
            else
            {
                CompleteServer(resource, service);
            }

            Complete(resource, service);
            foreach (var secret in ContainerFacts.SecretFiles(resource))
            {
                file.Secrets[secret] = new Secret { File = $"./secrets/{secret}" };
                service.Secrets.Add(new SecretReference { Source = secret, Target = $"{AspireValues.Secrets}/{secret}" });
            }

            if (ContainerFacts.HasGpu(resource))
            {
                _gpu.AddService(service);
            }
        }

        var services = file.Services;
        file.Services = new Dictionary<string, Service> { [Volumes] = VolumesService() };
        foreach (var resource in graph.Resources.Where(resource => !ContainerFacts.HasGpu(resource)))
        {
            file.AddService(services[resource.Name]);
        }
    }

    private void Complete(SandboxResource resource, Service service)
    {
        service.SecurityOpt.Add("no-new-privileges:true");
        service.Restart = resource.Kind == ResourceKind.OneShot ? "no" : "unless-stopped";
        if (ContainerFacts.Check(resource) is { } check)
        {
            service.Healthcheck = new Healthcheck
            {
                Test = ["CMD", .. check.Select(word => word.Replace("$", "$$", StringComparison.Ordinal))],
                Interval = "5s",
                Timeout = "5s",
                Retries = 12,
                StartPeriod = "60s",
            };
        }

        foreach (var dependency in resource.Dependencies)
        {
            service.DependsOn[dependency.Resource].Condition = dependency.Condition == WaitCondition.Completed ? "service_completed_successfully"
                : ContainerFacts.Check(graph[dependency.Resource]) is null ? "service_started"
                : "service_healthy";
        }

        service.Expose.Clear();
        // Workers and the rest are reached inside the network only.
        if (resource is { Endpoint.Port: { } port } && (resource.Container is not null || resource.Name == SandboxGraph.Api))
        {
            service.Ports.Add(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}:{AspireModel.PortInContainer(resource)}"));
        }

        foreach (var (name, value) in service.Environment.ToList())
        {
            service.Environment[name] = Password().Replace(value, "${$1:?see " + EnvironmentTemplate + "}");
        }
    }

    private static void CompleteProgram(SandboxResource resource, Service service)
    {
        service.Image = $"${{KTRDR_REGISTRY:-}}{ContainerFacts.Image(resource)}:${{KTRDR_VERSION:-{Version}}}";
        service.User = $"{ContainerFacts.ProgramUser}:{ContainerFacts.ProgramUser}";
        service.ReadOnly = true;
        service.Tmpfs.Add("/tmp");
        service.CapDrop.Add("ALL");
        service.StopGracePeriod = $"{ContainerFacts.StopSeconds}s";
        if (resource.Kind == ResourceKind.Service)
        {
            service.DependsOn[Volumes] = new ServiceDependency { Condition = "service_completed_successfully" };
        }

        foreach (var hosts in resource.Environment.Values.OfType<ResourceValue.HostNamesOf>())
        {
            service.Environment[hosts.Variable] += $",${{{hosts.Variable}:-}}";
        }
    }

    private static void CompleteServer(SandboxResource resource, Service service)
    {
        if (resource.Kind != ResourceKind.Postgres)
        {
            // PostgreSQL's image starts as root, to give its folder to its user.
            service.CapDrop.Add("ALL");
        }

        foreach (var file in PublishedFiles.Of(resource))
        {
            var source = PublishedFiles.FilledIn(file.Source) is { } filled ? $"./{filled}" : $"../{file.Source}";
            service.AddVolume(new Volume { Name = source, Type = "bind", Source = source, Target = file.Target, ReadOnly = true });
        }
    }

    private Service VolumesService()
    {
        var owners = graph.Resources.Where(resource => resource.Kind == ResourceKind.Service).ToList();
        var service = new Service
        {
            Name = Volumes,
            Image = $"docker.io/{graph[SandboxServers.PostgresName].Container!.Image}:{graph[SandboxServers.PostgresName].Container!.Tag}",
            Entrypoint = ["chown", $"{ContainerFacts.ProgramUser}:{ContainerFacts.ProgramUser}", .. owners.Select(owner => $"/volumes/{owner.Name}")],
            User = "0:0",
            NetworkMode = "none",
            Restart = "no",
            ReadOnly = true,
            CapDrop = ["ALL"],
            CapAdd = ["CHOWN"],
            SecurityOpt = ["no-new-privileges:true"],
        };
        foreach (var owner in owners)
        {
            var volume = AspireModel.VolumeOf(graph, owner);
            service.AddVolume(new Volume { Name = volume, Type = "volume", Source = volume, Target = $"/volumes/{owner.Name}", ReadOnly = false });
        }

        return service;
    }

    private string Template()
        => $"""
            # Copy to .env and fill in; ./new-secrets.sh does both. What is in .env is secret.
            COMPOSE_PROJECT_NAME=ktrdr-{graph.Slot}
            # Where the images come from, with a slash at its end; empty is this machine.
            KTRDR_REGISTRY=
            KTRDR_VERSION={Version}
            # Further names of the Api, and of workers on other machines, separated by commas.
            {SandboxVariables.AllowedHosts}=
            {SandboxVariables.WorkerHosts}=
            # At least 32 letters and digits each, without ; and quotes: they become part of connection strings.
            {string.Join('\n', Passwords().Select(name => $"{name}="))}

            """.ReplaceLineEndings("\n");

    private IEnumerable<string> Passwords() => graph.Resources.SelectMany(resource => resource.Environment.Values)
        .Select(value => value switch
        {
            ResourceValue.SecretText secret => secret.Secret,
            ResourceValue.DatabaseConnection database => database.PasswordSecret,
            _ => null,
        })
        .OfType<string>().Distinct().Select(secret => AspireValues.ParameterName(secret).Replace('-', '_').ToUpperInvariant());

    private const string GpuHeader =
        """
        # A worker that trains on an NVIDIA GPU, beside the others: work goes to it first, and to them while it is busy or away.
        # docker compose -f docker-compose.yaml -f gpu.yaml up --detach

        """;

    private const string GpuReservation =
        """
            deploy:
              resources:
                reservations:
                  devices:
                    - driver: "nvidia"
                      count: 1
                      capabilities: ["gpu"]

        """;

    [GeneratedRegex(@"\$\{(\w+_PASSWORD)\}")]
    private static partial Regex Password();
}
