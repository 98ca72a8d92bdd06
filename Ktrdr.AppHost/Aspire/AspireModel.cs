using System.Runtime.CompilerServices;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Ktrdr.AppHost.Aspire.Publishing;
using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Realises a <see cref="SandboxGraph"/> as an Aspire application model: the same resources, ports, variables and order.</summary>
internal sealed class AspireModel
{
    /// <summary>Everything that the full edition runs as a container.</summary>
    public static IReadOnlySet<ResourceKind> Servers { get; } =
        new HashSet<ResourceKind> { ResourceKind.Prometheus, ResourceKind.Collector, ResourceKind.Jaeger, ResourceKind.Grafana };

    /// <summary>Where a published program without a port of the table listens: nobody else is in its container.</summary>
    private const int FreePortInContainer = 8080;

    /// <summary>Where a published resource listens inside its container.</summary>
    public static int PortInContainer(SandboxResource resource) => resource.Container?.Port ?? resource.Endpoint?.Port ?? FreePortInContainer;

    public static string VolumeOf(SandboxGraph graph, SandboxResource resource) => $"ktrdr-{graph.Slot}-{resource.Name}";

    private readonly IDistributedApplicationBuilder _builder;
    private readonly SandboxGraph _graph;
    private readonly SandboxLayout _layout;
    private readonly PublishTarget? _target;
    private readonly AspireValues _values;

    private AspireModel(IDistributedApplicationBuilder builder, SandboxGraph graph, SandboxLayout layout, PublishTarget? target)
    {
        _builder = builder;
        _graph = graph;
        _layout = layout;
        _target = target;
        _values = new AspireValues(builder, layout.Slot(graph.Slot), target);
    }

    private bool IsPublished => _target is not null;

    /// <summary>A model with the graph's resources.</summary>
    /// <param name="create">Makes the empty one. It is called from here because Aspire looks for the AppHost among its callers.</param>
    /// <param name="layout">Where the sandbox's folder lies in run mode.</param>
    /// <param name="target">What is published; null in run mode.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static T Build<T>(Func<T> create, SandboxGraph graph, SandboxLayout layout, PublishTarget? target = null)
        where T : IDistributedApplicationBuilder
    {
        var builder = create();
        var model = new AspireModel(builder, graph, layout, target);
        foreach (var resource in graph.Resources)
        {
            model.Add(resource);
        }

        if (!model.IsPublished)
        {
            // Last of all: it refers to programs, which come after it.
            var prometheus = (IResourceBuilder<ContainerResource>)model._values.Resource(SandboxServers.Prometheus);
            PrometheusContainer.Prepare(prometheus, graph, model._values, layout.Slot(graph.Slot));
        }

        return builder;
    }

    private void Add(SandboxResource resource)
    {
        switch (resource.Kind)
        {
            case ResourceKind.Service or ResourceKind.OneShot:
                AddProgram(resource);
                break;
            case ResourceKind.Postgres:
                AddPostgres(resource);
                break;
            default:
                AddServer(resource);
                break;
        }
    }

    private void AddProgram(SandboxResource resource)
    {
        var program = resource.Project switch
        {
            SandboxGraph.ApiProject => _builder.AddProject<Projects.Ktrdr_Api>(resource.Name, WithoutProfiles),
            SandboxGraph.WorkerProject => _builder.AddProject<Projects.Ktrdr_Worker>(resource.Name, WithoutProfiles),
            SandboxGraph.AgentsProject => _builder.AddProject<Projects.Ktrdr_Agents>(resource.Name, WithoutProfiles),
            var unknown => throw new InvalidOperationException($"{unknown} is not a project of this application."),
        };
        // The graph says where a program listens; Aspire's own variables would say it a second time. A worker may be called back at
        // the address it calls from, which must not be one that a header claims.
        program.WithEndpointsInEnvironment(static _ => false).DisableForwardedHeaders().WithArgs([.. resource.Arguments]);
        _values.Know(resource.Name, program);
        if (resource.Endpoint is { } endpoint)
        {
            var port = IsPublished ? PortInContainer(resource) : endpoint.Port ?? PortCheck.TakeFree();
            program.WithHttpEndpoint(port: port, targetPort: port, name: AspireValues.Own, isProxied: false);
            program.WithHttpHealthCheck(endpoint.ReadinessPath, endpointName: AspireValues.Own);
        }

        if (_target == PublishTarget.Compose && resource.Kind == ResourceKind.Service)
        {
            // Everything that a program writes lies in the sandbox's folder.
            program.WithAnnotation(new ContainerMountAnnotation(VolumeOf(_graph, resource), AspireValues.Home, ContainerMountType.Volume, isReadOnly: false));
        }

        AddEnvironment(resource, program);
        AddDependencies(resource, program);
        if (!IsPublished && resource.Kind == ResourceKind.Service)
        {
            SandboxCommands.Add(resource, program, _values.Endpoint(SandboxGraph.Api), _layout.Slot(_graph.Slot));
        }
    }

    private void AddPostgres(SandboxResource resource)
    {
        var container = resource.Container!;
        var postgres = _builder.AddPostgres(resource.Name, password: _values.Parameter(SandboxSecrets.PostgresSuperuserPassword), port: resource.Endpoint!.Port)
            .WithImage(container.Image, container.Tag);
        _values.Know(resource.Name, postgres);
        AddVolumeAndFiles(resource, postgres);
        if (!IsPublished)
        {
            // Files that several sandboxes share: seen by the database, too, so that COPY can read them.
            postgres.WithBindMount(_layout.Shared, $"{AspireValues.Home}/shared", isReadOnly: true);
        }

        AddEnvironment(resource, postgres);
    }

    private void AddServer(SandboxResource resource)
    {
        var container = resource.Container!;
        var server = _builder.AddContainer(resource.Name, container.Image, container.Tag).WithArgs([.. resource.Arguments])
            .WithHttpEndpoint(port: resource.Endpoint!.Port, targetPort: container.Port, name: AspireValues.Own)
            .WithHttpHealthCheck(resource.Endpoint.ReadinessPath, endpointName: AspireValues.Own);
        foreach (var (name, port) in container.Intakes)
        {
            server.WithEndpoint(targetPort: port, scheme: "http", name: name);
        }

        _values.Know(resource.Name, server);
        AddVolumeAndFiles(resource, server);
        if (resource.Kind == ResourceKind.Collector && !IsPublished)
        {
            CollectorContainer.Prepare(server, _builder.Configuration["AppHost:OtlpApiKey"]);
        }

        AddEnvironment(resource, server);
        AddDependencies(resource, server);
    }

    private void AddVolumeAndFiles(SandboxResource resource, IResourceBuilder<ContainerResource> server)
    {
        // What Aspire makes of volumes for Kubernetes forgets the data, and it refuses files: KubernetesOutput adds both.
        if (_target != PublishTarget.Kubernetes && resource.Container!.Data is { } data)
        {
            server.WithVolume(VolumeOf(_graph, resource), data);
        }

        IEnumerable<MountedFile> files = _target switch
        {
            null => resource.Container!.Files,
            PublishTarget.Manifest => PublishedFiles.Of(resource),
            _ => [],
        };
        foreach (var file in files)
        {
            server.WithBindMount(DeployFolder.Find(file.Source), file.Target, isReadOnly: true);
        }
    }

    private void AddEnvironment(SandboxResource resource, IResourceBuilder<IResourceWithEnvironment> to)
    {
        // Resolved now, since a value may add a parameter to the model.
        var resolved = resource.Environment.Select(variable => (variable.Key, Value: _values.Resolve(variable.Value))).ToList();
        to.WithEnvironment(context =>
        {
            foreach (var (name, value) in resolved)
            {
                if (value is null)
                {
                    context.EnvironmentVariables.Remove(name);
                }
                else
                {
                    context.EnvironmentVariables[name] = value;
                }
            }
        });
    }

    private void AddDependencies(SandboxResource resource, IResourceBuilder<IResourceWithWaitSupport> waiting)
    {
        foreach (var dependency in resource.Dependencies)
        {
            _ = dependency.Condition == WaitCondition.Completed
                ? waiting.WaitForCompletion(_values.Resource(dependency.Resource))
                : waiting.WaitFor(_values.Resource(dependency.Resource));
        }
    }

    private static void WithoutProfiles(ProjectResourceOptions options)
    {
        options.ExcludeLaunchProfile = true;
        options.ExcludeKestrelEndpoints = true;
    }
}
