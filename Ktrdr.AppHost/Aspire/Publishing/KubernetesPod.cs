using Aspire.Hosting.Kubernetes.Resources;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire.Publishing;

/// <summary>What a resource's pod needs beyond what Aspire's publisher writes.</summary>
internal static class KubernetesPod
{
    /// <summary>The chart's folder of files, from which its maps are filled.</summary>
    public const string Files = "files";

    private const string SecretName = "{{ .Values.secretName }}";
    private const string Password = "KTRDR_DATABASE_PASSWORD";

    /// <summary>Read by the pod's own user and group only.</summary>
    private const int SecretMode = 0b100_100_000;

    private const int ScriptMode = 0b101_101_101;

    public static bool KeepsData(SandboxResource resource) => resource.Kind == ResourceKind.Service || resource.Container?.Data is not null;

    public static string ClaimOf(SandboxResource resource) => $"{resource.Name}-data";

    public static void Complete(SandboxGraph graph, SandboxResource resource, PodSpecV1 pod)
    {
        var container = pod.Containers.Single();
        var user = ContainerFacts.User(resource);
        pod.AutomountServiceAccountToken = false;
        // Kubernetes would add a variable per service, which some of the servers take for settings of theirs.
        pod.EnableServiceLinks = false;
        pod.TerminationGracePeriodSeconds = ContainerFacts.StopSeconds;
        pod.SecurityContext = new PodSecurityContextV1
        {
            RunAsNonRoot = true,
            RunAsUser = user,
            RunAsGroup = user,
            FsGroup = user,
            FsGroupChangePolicy = "OnRootMismatch",
            SeccompProfile = new SeccompProfileV1 { Type = "RuntimeDefault" },
        };
        container.SecurityContext = new SecurityContextV1
        {
            AllowPrivilegeEscalation = false,
            ReadOnlyRootFilesystem = ContainerFacts.IsProgram(resource) ? true : null,
            Capabilities = new CapabilitiesV1 { Drop = { "ALL" } },
        };
        if (ContainerFacts.Image(resource) is { } image)
        {
            container.Image = $"{{{{ .Values.image.registry }}}}{image}:{{{{ .Values.image.tag }}}}";
        }

        AddResources(resource, pod, container);
        AddProbes(resource, container);
        AddVolumes(resource, pod, container);
        AddSecrets(graph, resource, pod, container);
    }

    /// <summary>The maps of a resource's files, one per place where they are mounted.</summary>
    public static IEnumerable<(MountedFile File, ConfigMap Map, IReadOnlyList<KeyToPathV1> Items)> FilesOf(SandboxResource resource)
    {
        foreach (var file in resource.Container is null ? [] : PublishedFiles.Of(resource))
        {
            var source = PublishedFiles.FilledIn(file.Source) ?? file.Source;
            var map = new ConfigMap { Metadata = { Name = $"{resource.Name}-{Path.GetFileNameWithoutExtension(source)}-files" } };
            var items = new List<KeyToPathV1>();
            foreach (var path in Expand(file.Source).Select(path => PublishedFiles.FilledIn(path) ?? path))
            {
                var inside = path == source ? Path.GetFileName(path) : path[(source.Length + 1)..];
                var key = inside.Replace('/', '.');
                // As bytes of base 64: dashboards and rules have templates of their own, which Helm would take for its.
                map.BinaryData[key] = $"{{{{ .Files.Get `{Files}/{path}` | b64enc }}}}";
                items.Add(new KeyToPathV1 { Key = key, Path = inside });
            }

            yield return (file, map, items);
        }
    }

    /// <summary>The files of a source, which may be a folder, as paths below <c>deploy/</c>.</summary>
    public static IEnumerable<string> Expand(string source)
    {
        var path = DeployFolder.Find(source);
        return File.Exists(path)
            ? [source]
            : Directory.GetFiles(path, "*", SearchOption.AllDirectories).Select(file => $"{source}/{Path.GetRelativePath(path, file).Replace('\\', '/')}").Order(StringComparer.Ordinal);
    }

    private static void AddResources(SandboxResource resource, PodSpecV1 pod, ContainerV1 container)
    {
        var values = $".Values.resources.{KubernetesValues.Key(resource)}";
        container.Resources = new ResourceRequirementsV1();
        foreach (var unit in (string[])["cpu", "memory"])
        {
            container.Resources.Requests[unit] = $"{{{{ {values}.requests.{unit} }}}}";
            container.Resources.Limits[unit] = $"{{{{ {values}.limits.{unit} }}}}";
        }

        if (ContainerFacts.HasGpu(resource))
        {
            container.Resources.Limits["nvidia.com/gpu"] = "1";
            pod.Tolerations.Add(new TolerationV1 { Key = "nvidia.com/gpu", Operator = "Exists", Effect = "NoSchedule" });
        }
    }

    private static void AddProbes(SandboxResource resource, ContainerV1 container)
    {
        if (resource.Endpoint is not { } endpoint)
        {
            return;
        }

        var alive = ContainerFacts.IsProgram(resource) ? "/health" : endpoint.ReadinessPath;
        container.StartupProbe = Probe(resource, alive, failures: 60);
        container.ReadinessProbe = Probe(resource, endpoint.ReadinessPath, failures: 3);
        container.LivenessProbe = Probe(resource, alive, failures: 6);
    }

    private static ProbeV1 Probe(SandboxResource resource, string? path, int failures)
    {
        var probe = new ProbeV1 { PeriodSeconds = 5, TimeoutSeconds = 5, FailureThreshold = failures };
        if (path is null)
        {
            probe.Exec = new ExecActionV1();
            probe.Exec.Command.AddRange(ContainerFacts.Check(resource)!);
            return probe;
        }

        probe.HttpGet = new HttpGetActionV1 { Path = path, Port = AspireModel.PortInContainer(resource), Scheme = "HTTP" };
        if (resource.Name == SandboxGraph.Api)
        {
            // It answers only to its names; a probe would call it by the pod's address.
            probe.HttpGet.HttpHeaders.Add(new HttpHeaderV1 { Name = "Host", Value = "localhost" });
        }

        return probe;
    }

    private static void AddSecrets(SandboxGraph graph, SandboxResource resource, PodSpecV1 pod, ContainerV1 container)
    {
        foreach (var (name, value) in resource.Environment)
        {
            if (value is ResourceValue.SecretText text)
            {
                container.Env.Add(FromSecret(name, text.Secret));
            }
            else if (value is ResourceValue.DatabaseConnection database)
            {
                // The kubelet puts the password in; neither the chart nor its values know it.
                container.Env.Add(FromSecret(Password, database.PasswordSecret));
                container.Env.Add(new EnvVarV1
                {
                    Name = name,
                    Value = $"Host={database.Postgres};Port={AspireModel.PortInContainer(graph[database.Postgres])};Database={SandboxVariables.DatabaseName};Username={database.Role};Password=$({Password})",
                });
            }
        }

        var files = ContainerFacts.SecretFiles(resource);
        if (files.Count > 0)
        {
            var source = new SecretVolumeSourceV1 { SecretName = SecretName, DefaultMode = SecretMode };
            source.Items.AddRange(files.Select(file => new KeyToPathV1 { Key = file, Path = file }));
            pod.Volumes.Add(new VolumeV1 { Name = "secrets", Secret = source });
            container.VolumeMounts.Add(new VolumeMountV1 { Name = "secrets", MountPath = AspireValues.Secrets, ReadOnly = true });
        }
    }

    private static EnvVarV1 FromSecret(string name, string secret)
        => new() { Name = name, ValueFrom = new EnvVarSourceV1 { SecretKeyRef = new SecretKeySelectorV1 { Name = SecretName, Key = secret } } };

    private static void AddVolumes(SandboxResource resource, PodSpecV1 pod, ContainerV1 container)
    {
        if (KeepsData(resource))
        {
            pod.Volumes.Add(new VolumeV1 { Name = "data", PersistentVolumeClaim = new PersistentVolumeClaimVolumeSourceV1 { ClaimName = ClaimOf(resource) } });
            container.VolumeMounts.Add(new VolumeMountV1 { Name = "data", MountPath = resource.Container?.Data ?? AspireValues.Home });
        }

        if (resource is { Kind: ResourceKind.Postgres, Container.Data: { } folder })
        {
            // A fresh volume is not empty where its file system keeps a folder of its own at the top.
            container.Env.Add(new EnvVarV1 { Name = "PGDATA", Value = $"{folder}/pgdata" });
        }

        if (ContainerFacts.IsProgram(resource))
        {
            pod.Volumes.Add(new VolumeV1 { Name = "tmp", EmptyDir = new EmptyDirVolumeSourceV1 { SizeLimit = "1Gi" } });
            container.VolumeMounts.Add(new VolumeMountV1 { Name = "tmp", MountPath = "/tmp" });
        }

        foreach (var (file, map, items) in FilesOf(resource))
        {
            var source = new ConfigMapVolumeSourceV1 { Name = map.Metadata.Name, DefaultMode = resource.Kind == ResourceKind.Postgres ? ScriptMode : null };
            source.Items.AddRange(items);
            var isFile = File.Exists(DeployFolder.Find(file.Source));
            pod.Volumes.Add(new VolumeV1 { Name = map.Metadata.Name, ConfigMap = source });
            container.VolumeMounts.Add(new VolumeMountV1 { Name = map.Metadata.Name, MountPath = file.Target, SubPath = isFile ? items.Single().Path : null!, ReadOnly = true });
        }
    }
}
