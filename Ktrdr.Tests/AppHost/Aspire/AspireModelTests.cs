using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Ktrdr.AppHost.Aspire;
using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Sandboxes;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.AppHost.Aspire;

/// <summary>The application model of the full edition, built and read without starting anything.</summary>
public sealed partial class AspireModelTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(0, 8000, 5432, 3000, 16686, 9090, new[] { 5003, 5004, 5005 })]
    [InlineData(2, 8002, 5434, 3002, 16688, 9092, new[] { 5020, 5021, 5022 })]
    public async Task Build_Slot_HasThePortsOfTheTable(int slot, int api, int postgres, int grafana, int jaeger, int prometheus, int[] workers)
    {
        await using var builder = Build(slot);

        Assert.Equal(
            (api, postgres, grafana, jaeger, prometheus),
            (PortOf(builder, "api"), PortOf(builder, "postgres", "tcp"), PortOf(builder, "grafana"), PortOf(builder, "jaeger"), PortOf(builder, "prometheus")));
        Assert.Equal(workers.Cast<int?>(), new[] { "backtest-1", "backtest-2", "training-1" }.Select(worker => PortOf(builder, worker)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Build_WhatBothRealisationsRun_HasTheSameOrderPortsVariablesAndWaits(int slot)
    {
        await using var builder = Build(slot);
        var native = SandboxGraph.For(slot, new WorkerCounts(), new HashSet<ResourceKind> { ResourceKind.Prometheus });
        var folder = _home.Layout.Slot(slot);
        var resolver = new EnvironmentResolver(native, folder, new SandboxSecrets(folder), (role, password) => $"{role} with {password}");

        var names = native.Resources.Select(resource => resource.Name).ToList();
        Assert.Equal(names, Modelled(builder).Select(resource => resource.Name).Where(names.Contains));
        foreach (var resource in native.Resources.Where(resource => resource.Project is not null))
        {
            var expected = resolver.Resolve(resource);
            var actual = await VariablesAsync(builder, resource.Name);
            // Both leave out what this machine does not say, except where only Aspire runs containers.
            var set = expected.Where(variable => variable.Value is not null || variable.Key is SandboxVariables.OtlpEndpoint or SandboxVariables.AllowedHosts).ToList();
            Assert.Equal(set.Select(variable => variable.Key).Order(), actual.Keys.Where(name => resource.Environment.ContainsKey(name)).Order());
            foreach (var (name, value) in set.Where(variable => actual[variable.Key] is string))
            {
                Assert.True(name is SandboxVariables.OtlpEndpoint or SandboxVariables.AllowedHosts || value == (string)actual[name], $"{resource.Name} {name}: {value} natively, {actual[name]} under Aspire");
            }

            foreach (var (name, value) in resource.Environment.Where(variable => actual.GetValueOrDefault(variable.Key) is IManifestExpressionProvider))
            {
                Assert.Equal(ExpressionOf(value), ((IManifestExpressionProvider)actual[name]).ValueExpression);
            }

            Assert.Equal(resource.Dependencies.Select(dependency => (dependency.Resource, dependency.Condition)), WaitsOf(builder, resource.Name));
            if (resource.Endpoint is { Port: { } port })
            {
                Assert.Equal(port, PortOf(builder, resource.Name));
            }
        }
    }

    [Fact]
    public async Task Build_Containers_ArePinnedKeepTheirDataAndReadTheirFiles()
    {
        await using var builder = Build(2);

        Assert.Equal(
            ["timescale/timescaledb:2.17.2-pg17", "jaegertracing/all-in-one:1.62.0", "otel/opentelemetry-collector-contrib:0.115.1", "prom/prometheus:v2.55.1", "grafana/grafana:11.4.0"],
            builder.Resources.OfType<ContainerResource>().Select(container => container.Annotations.OfType<ContainerImageAnnotation>().Last()).Select(image => $"{image.Image}:{image.Tag}"));
        Assert.Equal(
            [("ktrdr-2-postgres", "/var/lib/postgresql/data"), ("ktrdr-2-prometheus", "/prometheus"), ("ktrdr-2-grafana", "/var/lib/grafana")],
            Mounts(builder, ContainerMountType.Volume).Select(mount => (mount.Source!, mount.Target)));
        Assert.All(Mounts(builder, ContainerMountType.BindMount), mount =>
        {
            Assert.True(mount.IsReadOnly, mount.Target);
            Assert.True(Path.Exists(mount.Source), $"{mount.Source} is not there");
        });
        Assert.Contains(Mounts(builder, ContainerMountType.BindMount), mount => mount.Source == _home.Layout.Shared);
    }

    /// <summary>Aspire tunnels what a container depends on, and nothing else: our programs listen on the loopback address.</summary>
    [Fact]
    public async Task Build_Prometheus_RefersToEveryProgramThatItScrapes()
    {
        await using var builder = Build(2);
        await using var app = await builder.BuildAsync();

        var dependencies = await Resource(builder, "prometheus").GetResourceDependenciesAsync(builder.ExecutionContext, ResourceDependencyDiscoveryMode.DirectOnly);
        string[] scraped = ["agents", "api", "backtest-1", "backtest-2", "training-1"];
        Assert.Equal(scraped, dependencies.Select(resource => resource.Name).Order());
        Assert.Equal(scraped, (await VariablesAsync(builder, "prometheus")).Values.OfType<EndpointReference>().Select(endpoint => endpoint.Resource.Name).Distinct().Order());
        Assert.All(Resource(builder, "prometheus").Annotations.OfType<WaitAnnotation>(), wait => Assert.Equal(WaitType.WaitUntilStarted, wait.WaitType));
        Assert.Contains(KnownHostNames.DefaultContainerTunnelHostName, ((string)(await VariablesAsync(builder, "api"))[SandboxVariables.AllowedHosts]).Split(','));
    }

    [Fact]
    public async Task Build_PrometheusFiles_SayWhereTheTunnelsBegin()
    {
        await using var builder = Build(2);
        await using var app = await builder.BuildAsync();
        var ports = new Dictionary<int, string>();
        foreach (var endpoint in Graph(2).Resources.Where(resource => resource is { Project: not null, Endpoint: not null })
            .Select(program => Resource(builder, program.Name).Annotations.OfType<EndpointAnnotation>().Single()))
        {
            var tunnel = new AllocatedEndpoint(endpoint, KnownHostNames.DefaultContainerTunnelHostName, 30_000 + ports.Count, EndpointBindingMode.SingleAddress, networkId: KnownNetworkIdentifiers.DefaultAspireContainerNetwork);
            endpoint.AllAllocatedEndpoints.AddOrUpdateAllocatedEndpoint(KnownNetworkIdentifiers.DefaultAspireContainerNetwork, tunnel);
            ports[endpoint.Port!.Value] = $"{tunnel.Address}:{tunnel.Port}";
        }

        var prometheus = Resource(builder, "prometheus");
        var files = prometheus.Annotations.OfType<ContainerFileSystemCallbackAnnotation>().Single();
        var items = (await files.Callback(new ContainerFileSystemCallbackContext { Model = prometheus, Services = app.Services }, default)).ToDictionary(item => item.Name);

        Assert.Equal(("/etc/prometheus", 65534, 65534), (files.DestinationPath, files.DefaultOwner, files.DefaultGroup));
        var place = new PrometheusPlace(2, $"http://{ports[8002]}", "/etc/prometheus/reader.token", TimeSpan.FromSeconds(5)) { LoopbackPorts = ports };
        Assert.Equal(PrometheusFiles.Of(place).Single(file => file.Name == PrometheusFiles.Configuration).Text, ((ContainerFileBase)items["prometheus.yml"]).Contents);
        Assert.Contains("localhost):5020', target_label: __address__, replacement: 'aspire.dev.internal:300", ((ContainerFileBase)items["prometheus.yml"]).Contents, StringComparison.Ordinal);
        Assert.Equal(["alerts.yml", "recording.yml"], ((ContainerDirectory)items["rules"]).Entries.Select(file => file.Name).Order());
        Assert.Contains("otel-collector:8888", ((ContainerFileBase)((ContainerDirectory)items["targets"]).Entries.Single()).Contents, StringComparison.Ordinal);
        var token = (ContainerFileBase)items["reader.token"];
        Assert.Equal((new SandboxSecrets(_home.Layout.Slot(2)).PathOf(SandboxSecrets.ReaderToken), UnixFileMode.UserRead), (token.SourcePath, token.Mode));
    }

    [Theory]
    [InlineData("http", "true")]
    [InlineData("https", "false")]
    public async Task Build_Collector_PassesOnToAspiresDashboard(string scheme, string insecure)
    {
        await using var builder = Build(0, "key");
        builder.AddExecutable("aspire-dashboard", "dashboard", ".").WithEndpoint(scheme: scheme, name: "otlp-grpc");
        await using var app = await builder.BuildAsync();

        var arguments = new List<object>();
        foreach (var callback in Resource(builder, "otel-collector").Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await callback.Callback(new CommandLineArgsCallbackContext(arguments));
        }

        // Later ones are laid over earlier ones.
        Assert.Equal(["--config=/etc/otelcol/config.yaml", "--config=/etc/otelcol/aspire.yaml"], arguments);
        var files = Mounts(builder, ContainerMountType.BindMount).Select(mount => mount.Target).ToList();
        Assert.All(arguments, argument => Assert.Contains(((string)argument)["--config=".Length..], files));
        var variables = await VariablesAsync(builder, "otel-collector");
        Assert.Equal("aspire-dashboard", Assert.IsType<EndpointReference>(variables["OTEL_EXPORTER_OTLP_ENDPOINT"]).Resource.Name);
        Assert.Equal(("key", insecure), (variables["ASPIRE_API_KEY"], variables["ASPIRE_INSECURE"]));
        var overlay = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "otel-collector", "aspire.yaml"));
        Assert.All(EnvironmentName().Matches(overlay).Select(match => match.Groups[1].Value), name => Assert.Contains(name, variables.Keys));
    }

    [Fact]
    public async Task Build_Secrets_AreSecretParametersWithTheSandboxsOwnValues()
    {
        await using var builder = Build(0);
        var secrets = new SandboxSecrets(_home.Layout.Slot(0));

        var parameters = builder.Resources.OfType<ParameterResource>().ToDictionary(parameter => parameter.Name);
        Assert.Equal(["grafana-admin-password", "postgres-api-password", "postgres-owner-password", "postgres-superuser-password"], parameters.Keys.Order());
        Assert.All(parameters.Values, parameter => Assert.True(parameter.Secret));
        Assert.Equal(secrets.Read(SandboxSecrets.PostgresApiPassword), await parameters["postgres-api-password"].GetValueAsync(default));
        var connection = Assert.IsType<ReferenceExpression>((await VariablesAsync(builder, "api"))[SandboxVariables.Database]);
        Assert.Contains("Username=ktrdr_api;Password={postgres-api-password.value}", connection.ValueExpression, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_Programs_HaveHealthChecksAndCommands()
    {
        await using var builder = Build(0);

        Assert.All(
            Modelled(builder).Where(resource => resource.Name is not ("migrate" or "postgres")),
            resource => Assert.Contains(resource.Annotations, annotation => annotation is HealthCheckAnnotation));
        Assert.Equal(["log-in", "reset"], CommandsOf(builder, "api"));
        Assert.Equal(["drain"], CommandsOf(builder, "training-1"));
        Assert.Empty(CommandsOf(builder, "migrate"));
    }

    private IDistributedApplicationTestingBuilder Build(int slot, string? dashboardKey = null)
    {
        new SandboxSecrets(_home.Layout.Slot(slot)).Ensure();
        Directory.CreateDirectory(_home.Layout.Shared);
        return AspireModel.Build(() => DistributedApplicationTestingBuilder.Create($"--AppHost:OtlpApiKey={dashboardKey}"), Graph(slot), _home.Layout);
    }

    private static SandboxGraph Graph(int slot) => SandboxGraph.For(slot, new WorkerCounts(), AspireModel.Servers);

    /// <summary>Without parameters, and without what Aspire adds for itself.</summary>
    private static IEnumerable<IResource> Modelled(IDistributedApplicationTestingBuilder builder)
        => builder.Resources.Where(resource => resource is not ParameterResource && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal));

    private static IResource Resource(IDistributedApplicationTestingBuilder builder, string name) => builder.Resources.Single(resource => resource.Name == name);

    private static int? PortOf(IDistributedApplicationTestingBuilder builder, string name, string endpoint = AspireValues.Own)
        => Resource(builder, name).Annotations.OfType<EndpointAnnotation>().Single(annotation => annotation.Name == endpoint).Port;

    /// <summary>What a reference of the graph looks like in Aspire's own words.</summary>
    private static string ExpressionOf(ResourceValue value) => value switch
    {
        ResourceValue.UrlOf url => $"{{{url.Resource}.bindings.{url.Intake ?? AspireValues.Own}.url}}",
        ResourceValue.Inherited { Variable: SandboxVariables.OtlpEndpoint } => $"{{{SandboxServers.Collector}.bindings.{SandboxServers.Otlp}.url}}",
        ResourceValue.PortOf port => $"{{{port.Resource}.bindings.{AspireValues.Own}.targetPort}}",
        ResourceValue.ListenUrlOf url => $"http://127.0.0.1:{{{url.Resource}.bindings.{AspireValues.Own}.targetPort}}",
        ResourceValue.DatabaseConnection database =>
            $"Host={{{database.Postgres}.bindings.tcp.host}};Port={{{database.Postgres}.bindings.tcp.port}};Database={SandboxVariables.DatabaseName};"
            + $"Username={database.Role};Password={{{AspireValues.ParameterName(database.PasswordSecret)}.value}}",
        _ => throw new InvalidOperationException($"{value} is not expected to be a reference."),
    };

    private static IEnumerable<(string Resource, WaitCondition Condition)> WaitsOf(IDistributedApplicationTestingBuilder builder, string name)
        => Resource(builder, name).Annotations.OfType<WaitAnnotation>()
            .Select(wait => (wait.Resource.Name, wait.WaitType == WaitType.WaitForCompletion ? WaitCondition.Completed : WaitCondition.Ready));

    private static IEnumerable<ContainerMountAnnotation> Mounts(IDistributedApplicationTestingBuilder builder, ContainerMountType type)
        => builder.Resources.OfType<ContainerResource>().SelectMany(container => container.Annotations.OfType<ContainerMountAnnotation>()).Where(mount => mount.Type == type);

    /// <summary>Ours, without those that Aspire gives every resource.</summary>
    private static IEnumerable<string> CommandsOf(IDistributedApplicationTestingBuilder builder, string name)
        => Resource(builder, name).Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name).Where(command => !command.StartsWith("resource-", StringComparison.Ordinal) && command != "rebuild");

    private static async Task<Dictionary<string, object>> VariablesAsync(IDistributedApplicationTestingBuilder builder, string name)
    {
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, Resource(builder, name));
        foreach (var callback in Resource(builder, name).Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return context.EnvironmentVariables;
    }

    [GeneratedRegex(@"\$\{env:(\w+)\}")]
    private static partial Regex EnvironmentName();
}
