using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire.Publishing;

/// <summary>
/// A Helm chart. Aspire's publisher writes workloads, services and plain variables; probes, resources, lasting volumes, files, secrets
/// of the cluster and confinement are added here (<see cref="KubernetesPod"/>), and what a cluster decides becomes a value.
/// </summary>
internal sealed class KubernetesOutput(SandboxGraph graph) : IPublishedOutput
{
    private const string Chart = "ktrdr";
    private const string Templates = "templates";
    private const string Claim = "data";

    /// <summary>Runs before the Api in its pod, so that no Api meets an older schema.</summary>
    private ContainerV1? _migrate;

    public void Prepare(IDistributedApplicationBuilder builder, string output)
    {
        if (File.Exists(Path.Combine(output, "Chart.yaml")))
        {
            // A resource that is no more must not stay in the chart.
            foreach (var made in new[] { Templates, KubernetesPod.Files }.Select(name => Path.Combine(output, name)).Where(Directory.Exists))
            {
                Directory.Delete(made, recursive: true);
            }
        }

        builder.AddKubernetesEnvironment(Chart)
            .WithDashboard(false)
            .WithHelm(helm => helm.WithChartName(Chart).WithChartVersion(ComposeOutput.Version).WithChartDescription("KTRDR: a strategy-research lab with its workers, database and observability"));
        foreach (var resource in graph.Resources)
        {
            var published = (IComputeResource)builder.Resources.Single(other => other.Name == resource.Name);
            builder.CreateResourceBuilder(published).PublishAsKubernetesService(kubernetes => Complete(resource, kubernetes));
        }
    }

    public void Complete(string output)
    {
        WriteFiles(Path.Combine(output, KubernetesPod.Files));
        var values = Path.Combine(output, "values.yaml");
        File.WriteAllText(values, KubernetesValues.Complete(File.ReadAllText(values)));
        foreach (var resource in graph.Resources.Where(KubernetesPod.KeepsData))
        {
            // Left out without a class: an empty one would mean none at all, not the cluster's own.
            Edit(output, resource, Claim, "\nspec:\n", "\nspec:\n{{- with .Values.storage.class }}\n  storageClassName: \"{{ . }}\"\n{{- end }}\n");
        }

        foreach (var resource in graph.Resources.Where(ContainerFacts.HasGpu))
        {
            Edit(output, resource, "deployment", "\n  replicas: 1\n", "\n  replicas: {{ ternary 1 0 .Values.gpu.enabled }}\n");
        }
    }

    private void Complete(SandboxResource resource, KubernetesResource kubernetes)
    {
        var labels = kubernetes.Workload!.Metadata.Labels;
        KubernetesPod.Complete(graph, resource, kubernetes.Workload.PodTemplate.Spec);
        if (resource.Kind == ResourceKind.OneShot)
        {
            _migrate = kubernetes.Workload.PodTemplate.Spec.Containers.Single();
            kubernetes.Workload = null;
            return;
        }

        if (resource.Name == SandboxGraph.Api)
        {
            kubernetes.Workload.PodTemplate.Spec.InitContainers.Add(_migrate!);
        }

        switch (kubernetes.Workload)
        {
            case StatefulSet set:
                set.Spec.ServiceName = resource.Name;
                break;
            case Deployment deployment:
                // One of a name at a time: a worker is its id, and a volume belongs to one.
                deployment.Spec.Strategy = new DeploymentStrategyV1 { Type = "Recreate", RollingUpdate = null! };
                break;
        }

        // As in Compose, resources reach each other by their plain names; the shared configuration files say so.
        kubernetes.Service!.Metadata.Name = resource.Name;
        kubernetes.AdditionalResources.AddRange(KubernetesPod.FilesOf(resource).Select(files => files.Map));
        if (KubernetesPod.KeepsData(resource))
        {
            kubernetes.AdditionalResources.Add(DataOf(resource));
        }

        if (resource.Kind == ResourceKind.Postgres)
        {
            kubernetes.AdditionalResources.Add(new NetworkPolicy(resource.Name, labels, SandboxGraph.Api, resource.Container!.Port));
        }
    }

    private static PersistentVolumeClaim DataOf(SandboxResource resource)
    {
        var claim = new PersistentVolumeClaim { Metadata = { Name = KubernetesPod.ClaimOf(resource) } };
        // Removing the release must not remove what it has found out.
        claim.Metadata.Annotations["helm.sh/resource-policy"] = "keep";
        claim.Spec.AccessModes.Add("ReadWriteOnce");
        claim.Spec.Resources.Requests["storage"] = $"{{{{ .Values.storage.{KubernetesValues.Key(resource)} }}}}";
        return claim;
    }

    private void WriteFiles(string folder)
    {
        PublishedFiles.WriteFilled(folder, graph);
        foreach (var source in graph.Resources.Where(resource => resource.Container is not null).SelectMany(PublishedFiles.Of).Select(file => file.Source)
            .Where(source => PublishedFiles.FilledIn(source) is null))
        {
            foreach (var file in KubernetesPod.Expand(source))
            {
                var copy = Path.Combine(folder, file);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.WriteAllText(copy, File.ReadAllText(DeployFolder.Find(file)));
            }
        }
    }

    private static void Edit(string output, SandboxResource resource, string template, string text, string replacement)
    {
        var path = Path.Combine(output, Templates, resource.Name, $"{template}.yaml");
        var parts = File.ReadAllText(path).Split(text);
        File.WriteAllText(path, parts.Length == 2 ? string.Join(replacement, parts) : throw new InvalidOperationException($"{path} has '{text.Trim()}' {parts.Length - 1} times, not once."));
    }
}

/// <summary>Lets only one kind of pod call another.</summary>
internal sealed class NetworkPolicy : BaseKubernetesResource
{
    public NetworkPolicy(string component, IReadOnlyDictionary<string, string> labels, string caller, int port)
        : base("networking.k8s.io/v1", nameof(NetworkPolicy))
    {
        const string Component = "app.kubernetes.io/component";
        Metadata.Name = $"{component}-callers";
        Spec = new Dictionary<string, object>
        {
            ["podSelector"] = new Dictionary<string, object> { ["matchLabels"] = new Dictionary<string, string>(labels) },
            ["policyTypes"] = new List<string> { "Ingress" },
            ["ingress"] = new List<object>
            {
                new Dictionary<string, object>
                {
                    ["from"] = new List<object>
                    {
                        new Dictionary<string, object> { ["podSelector"] = new Dictionary<string, object> { ["matchLabels"] = new Dictionary<string, string>(labels) { [Component] = caller } } },
                    },
                    ["ports"] = new List<object> { new Dictionary<string, object> { ["port"] = port, ["protocol"] = "TCP" } },
                },
            },
        };
    }

    public Dictionary<string, object> Spec { get; }
}
