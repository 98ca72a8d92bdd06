using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Ktrdr.AppHost.Aspire;
using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.AppHost.Aspire;

/// <summary>The application model of the full edition, built and read without starting anything.</summary>
public sealed class AspireModelTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData(0, 8000, 5432, 3000, 16686, 9090, new[] { 5003, 5004, 5005 })]
    [InlineData(2, 8002, 5434, 3002, 16688, 9092, new[] { 5020, 5021, 5022 })]
    public async Task Add_Slot_HasThePortsOfTheTable(int slot, int api, int postgres, int grafana, int jaeger, int prometheus, int[] workers)
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
    public async Task Add_Graph_HasTheSameResourcesWaitsAndVariablesAsTheNativeRealisation(int slot)
    {
        await using var builder = Build(slot);
        var graph = Graph(slot);

        Assert.Equal(graph.Resources.Select(resource => resource.Name), Modelled(builder).Select(resource => resource.Name));
        var native = new EnvironmentResolver(graph, _home.Layout.Slot(slot), new SandboxSecrets(_home.Layout.Slot(slot)), (role, password) => $"{role}/{password}");
        foreach (var resource in graph.Resources.Where(resource => resource.Project is not null))
        {
            var variables = await VariablesAsync(builder, resource.Name);
            var expected = native.Resolve(resource);
            Assert.Equal(expected.Keys.Order(), variables.Keys.Intersect(expected.Keys).Order());
            foreach (var (name, value) in expected.Where(variable => resource.Environment[variable.Key] is ResourceValue.Literal or ResourceValue.FolderBelow or ResourceValue.SecretFile or ResourceValue.ListenHost or ResourceValue.HostProcessId))
            {
                Assert.Equal(value, variables[name]);
            }

            var waits = Resource(builder, resource.Name).Annotations.OfType<WaitAnnotation>().Select(wait => (wait.Resource.Name, wait.WaitType)).Distinct();
            Assert.Equal(
                resource.Dependencies.Select(dependency => (dependency.Resource, dependency.Condition == WaitCondition.Completed ? WaitType.WaitForCompletion : WaitType.WaitUntilHealthy)),
                waits);
        }
    }

    private IDistributedApplicationTestingBuilder Build(int slot)
    {
        new SandboxSecrets(_home.Layout.Slot(slot)).Ensure();
        return AspireModel.Build(() => DistributedApplicationTestingBuilder.Create(), Graph(slot), _home.Layout);
    }

    private static SandboxGraph Graph(int slot) => SandboxGraph.For(slot, new WorkerCounts(), AspireModel.Servers);

    /// <summary>Without parameters, and without what Aspire adds for itself.</summary>
    private static IEnumerable<IResource> Modelled(IDistributedApplicationTestingBuilder builder)
        => builder.Resources.Where(resource => resource is not ParameterResource && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal));

    private static IResource Resource(IDistributedApplicationTestingBuilder builder, string name) => builder.Resources.Single(resource => resource.Name == name);

    private static int? PortOf(IDistributedApplicationTestingBuilder builder, string name, string endpoint = AspireValues.Own)
        => Resource(builder, name).Annotations.OfType<EndpointAnnotation>().Single(annotation => annotation.Name == endpoint).Port;

    private static async Task<Dictionary<string, object>> VariablesAsync(IDistributedApplicationTestingBuilder builder, string name)
    {
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, Resource(builder, name));
        foreach (var callback in Resource(builder, name).Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return context.EnvironmentVariables;
    }
}
