using System.Text;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ktrdr.Tests.Deploy;

/// <summary>The committed Helm chart, held against the graph that it was published from.</summary>
public sealed class KubernetesTests
{
    private static readonly HelmChart Chart = new();

    private static IEnumerable<SandboxResource> Workloads => PublishedGraph.Graph.Resources.Where(resource => resource.Kind != ResourceKind.OneShot);

    [Fact]
    public void Chart_HasOneWorkloadAndOneServicePerResource()
    {
        var names = Workloads.Select(resource => resource.Name).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(names, Chart.Objects.Where(item => item.At("kind") is "Deployment" or "StatefulSet").Select(item => Container(item).At("name")!).Order(StringComparer.Ordinal));
        Assert.Equal(names, Chart.OfKind("Service").Select(item => item.At("metadata", "name")!).Order(StringComparer.Ordinal));
        foreach (var resource in Workloads)
        {
            Assert.Equal(
                new[] { PublishedGraph.PortInside(resource) }.Concat(resource.Container?.Intakes.Values ?? []).Select(port => $"{port}"),
                Chart["Service", resource.Name].ListAt("spec", "ports").Select(port => port.At("targetPort")!));
        }
    }

    [Fact]
    public void Containers_Variables_AreThoseOfTheGraph()
    {
        foreach (var resource in PublishedGraph.Graph.Resources)
        {
            var container = ContainerOf(resource);
            var variables = new Dictionary<string, string>(container.ListAt("envFrom").SelectMany(source => Chart["ConfigMap", source.At("configMapRef", "name")!].MapAt("data")));
            var own = container.ListAt("env").ToDictionary(variable => variable.At("name")!);
            foreach (var (name, value) in resource.Environment)
            {
                switch (value)
                {
                    case ResourceValue.HostProcessId:
                        Assert.DoesNotContain(name, variables.Keys);
                        break;
                    case ResourceValue.SecretText secret:
                        Assert.Equal(secret.Secret, own[name].At("valueFrom", "secretKeyRef", "key"));
                        break;
                    case ResourceValue.DatabaseConnection database:
                        Assert.Equal(database.PasswordSecret, own["KTRDR_DATABASE_PASSWORD"].At("valueFrom", "secretKeyRef", "key"));
                        Assert.Equal($"Host=postgres;Port=5432;Database=ktrdr;Username={database.Role};Password=$(KTRDR_DATABASE_PASSWORD)", own[name].At("value"));
                        break;
                    default:
                        Assert.Equal(PublishedGraph.Expected(value), variables[name]);
                        break;
                }
            }
        }
    }

    [Fact]
    public void Containers_HaveProbesLimitsAndNoPrivileges()
    {
        foreach (var resource in Workloads)
        {
            var (pod, container) = (Pod(resource), ContainerOf(resource));
            foreach (var probe in (string[])["startupProbe", "readinessProbe", "livenessProbe"])
            {
                Assert.True((container.Find(probe, "httpGet") ?? container.Find(probe, "exec")) is not null, $"{resource.Name} has no {probe}");
            }

            Assert.Equal(resource.Endpoint!.ReadinessPath, container.At("readinessProbe", "httpGet", "path"));
            Assert.All((string[])["requests", "limits"], part => Assert.All((string[])["cpu", "memory"], unit => Assert.Matches(@"^\d+(m|Mi|Gi)?$", container.At("resources", part, unit))));
            Assert.Equal("true", pod.At("securityContext", "runAsNonRoot"));
            Assert.Equal(("false", "false"), (pod.At("automountServiceAccountToken"), container.At("securityContext", "allowPrivilegeEscalation")));
            Assert.Equal(["ALL"], container.TextsAt("securityContext", "capabilities", "drop"));
            Assert.Equal(resource.Project is null ? null : "true", container.At("securityContext", "readOnlyRootFilesystem"));
        }

        // The Api answers only to its names, and a probe would call it by an address.
        var header = Assert.Single(ContainerOf(PublishedGraph.Graph["api"]).ListAt("readinessProbe", "httpGet", "httpHeaders"));
        Assert.Equal(("Host", "localhost"), (header.At("name"), header.At("value")));
    }

    [Fact]
    public void Api_MigratesFirst()
    {
        var migrate = Assert.Single(Pod(PublishedGraph.Graph["api"]).ListAt("initContainers"));

        Assert.Equal("migrate", migrate.At("name"));
        Assert.Equal(["migrate"], migrate.TextsAt("args"));
    }

    [Fact]
    public void Data_LiesInClaimsThatOutliveTheRelease()
    {
        var keepers = Workloads.Where(resource => resource.Kind == ResourceKind.Service || resource.Container?.Data is not null).ToList();

        Assert.Equal(keepers.Select(resource => $"{resource.Name}-data").Order(StringComparer.Ordinal), Chart.OfKind("PersistentVolumeClaim").Select(claim => claim.At("metadata", "name")!).Order(StringComparer.Ordinal));
        Assert.All(Chart.OfKind("PersistentVolumeClaim"), claim =>
        {
            Assert.Equal("keep", claim.At("metadata", "annotations", "helm.sh/resource-policy"));
            Assert.Matches(@"^\d+Gi$", claim.At("spec", "resources", "requests", "storage"));
            Assert.Null(claim.At("spec", "storageClassName"));
        });
        foreach (var resource in keepers)
        {
            var mount = Assert.Single(ContainerOf(resource).ListAt("volumeMounts"), mount => mount.At("name") == "data");
            Assert.Equal(resource.Container?.Data ?? PublishedGraph.Home, mount.At("mountPath"));
            Assert.Equal($"{resource.Name}-data", Volume(resource, "data").At("persistentVolumeClaim", "claimName"));
        }

        Assert.All(Workloads.SelectMany(resource => Pod(resource).ListAt("volumes")).Where(volume => volume.Find("emptyDir") is not null), volume => Assert.Equal("tmp", volume.At("name")));
        Assert.All(new HelmChart(("storage.class", "nfs")).OfKind("PersistentVolumeClaim"), claim => Assert.Equal("nfs", claim.At("spec", "storageClassName")));
    }

    [Theory]
    [InlineData("false", "0")]
    [InlineData("true", "1")]
    public void GpuWorker_IsOffUntilAValueTurnsItOn(string enabled, string replicas)
    {
        var worker = new HelmChart(("gpu.enabled", enabled))["Deployment", "training-gpu-1-deployment"];

        Assert.Equal(replicas, worker.At("spec", "replicas"));
        Assert.Equal("1", Container(worker).At("resources", "limits", "nvidia.com/gpu"));
        Assert.Equal("nvidia.com/gpu", Assert.Single(worker.ListAt("spec", "template", "spec", "tolerations")).At("key"));
        Assert.DoesNotContain(Workloads.Where(resource => resource.Name != "training-gpu-1"), resource => ContainerOf(resource).MapAt("resources", "limits").ContainsKey("nvidia.com/gpu"));
    }

    [Fact]
    public void Secrets_AreTheClustersAndNoneIsInTheChart()
    {
        Assert.Empty(Chart.OfKind("Secret"));
        Assert.DoesNotContain(Chart.Values.Keys, key => key.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase) || key.Contains("ConnectionStrings", StringComparison.Ordinal));
        foreach (var resource in Workloads)
        {
            var expected = resource.Name switch
            {
                "api" => ["admin.token", "researcher.token", "reader.token", "join.token"],
                "prometheus" => ["reader.token"],
                _ => resource.Environment.Values.OfType<ResourceValue.SecretFile>().Select(file => file.Secret).ToArray(),
            };
            var volume = Pod(resource).ListAt("volumes").SingleOrDefault(volume => volume.At("secret", "secretName") == "ktrdr-secrets");
            Assert.Equal(expected, volume?.ListAt("secret", "items").Select(item => item.At("path")!) ?? []);
            Assert.True(expected.Length == 0 || ContainerOf(resource).ListAt("volumeMounts").Any(mount => mount.At("mountPath") == $"{PublishedGraph.Home}/secrets"), resource.Name);
        }
    }

    [Fact]
    public void Files_AreThoseOfDeployAtTheirPlaces()
    {
        foreach (var resource in Workloads.Where(resource => resource.Kind != ResourceKind.Prometheus))
        {
            foreach (var file in resource.Container?.Files ?? [])
            {
                var inside = FilesBelow(resource, file.Target);
                var source = Path.Combine(Repository.Root, "deploy", file.Source);
                var expected = File.Exists(source) ? [source] : Directory.GetFiles(source, "*", SearchOption.AllDirectories);
                Assert.Equal(expected.Order(StringComparer.Ordinal).Select(File.ReadAllText), inside.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value));
                Assert.All(expected, path => Assert.Contains(File.Exists(source) ? Path.GetFileName(path) : Path.GetRelativePath(source, path).Replace('\\', '/'), inside.Keys));
            }
        }

        var prometheus = PublishedGraph.Graph["prometheus"];
        Assert.Contains("http://api:8000/api/v1/prometheus/targets", FilesBelow(prometheus, "/etc/prometheus/prometheus.yml")["prometheus.yml"], StringComparison.Ordinal);
        Assert.Equal(["alerts.yml", "recording.yml"], FilesBelow(prometheus, "/etc/prometheus/rules").Keys.Order(StringComparer.Ordinal));
        Assert.Contains("'otel-collector:8888'", FilesBelow(prometheus, "/etc/prometheus/targets")["containers.yml"], StringComparison.Ordinal);
    }

    [Fact]
    public void Postgres_IsCalledByTheApiOnly()
    {
        var policy = Assert.Single(Chart.OfKind("NetworkPolicy"));
        var rule = Assert.Single(policy.ListAt("spec", "ingress"));

        Assert.Equal("postgres", policy.At("spec", "podSelector", "matchLabels", "app.kubernetes.io/component"));
        Assert.Equal("api", Assert.Single(rule.ListAt("from")).At("podSelector", "matchLabels", "app.kubernetes.io/component"));
        Assert.Equal("postgres", Chart["StatefulSet", "postgres-statefulset"].At("spec", "serviceName"));
    }

    /// <summary>What a container finds below a place, by path.</summary>
    private static Dictionary<string, string> FilesBelow(SandboxResource resource, string target)
    {
        var mount = Assert.Single(ContainerOf(resource).ListAt("volumeMounts"), mount => mount.At("mountPath") == target);
        var source = Volume(resource, mount.At("name")!).Find("configMap")!;
        var map = Chart["ConfigMap", source.At("name")!].MapAt("binaryData");
        Assert.Equal("true", mount.At("readOnly"));
        return source.ListAt("items").Where(item => mount.At("subPath") is not { } only || item.At("path") == only)
            .ToDictionary(item => item.At("path")!, item => Encoding.UTF8.GetString(Convert.FromBase64String(map[item.At("key")!])));
    }

    private static YamlMappingNode Workload(SandboxResource resource)
        => Chart.Objects.Single(item => item.At("kind") is "Deployment" or "StatefulSet" && Container(item).At("name") == resource.Name);

    private static YamlNode Pod(SandboxResource resource) => Workload(resource).Find("spec", "template", "spec")!;

    private static YamlMappingNode Volume(SandboxResource resource, string name) => Assert.Single(Pod(resource).ListAt("volumes"), volume => volume.At("name") == name);

    private static YamlMappingNode Container(YamlNode workload) => Assert.Single(workload.ListAt("spec", "template", "spec", "containers"));

    private static YamlMappingNode ContainerOf(SandboxResource resource)
        => resource.Kind == ResourceKind.OneShot ? Assert.Single(Pod(PublishedGraph.Graph["api"]).ListAt("initContainers")) : Container(Workload(resource));
}
