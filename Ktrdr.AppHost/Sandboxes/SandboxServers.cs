using Ktrdr.Contracts.Sandboxes;
using static Ktrdr.AppHost.Sandboxes.ResourceValue;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>The servers of a sandbox that are not ours, with the images that run where there are containers.</summary>
internal static class SandboxServers
{
    public const string PostgresName = "postgres";
    public const string Prometheus = "prometheus";
    public const string Collector = "otel-collector";
    public const string Jaeger = "jaeger";
    public const string Grafana = "grafana";

    /// <summary>Where OpenTelemetry's protocol is taken in, over gRPC.</summary>
    public const string Otlp = "otlp";

    /// <summary>Where the collector gives its own metrics.</summary>
    public const int CollectorTelemetryPort = 8888;

    /// <summary>Where a server tells Prometheus about itself, if not at its own endpoint.</summary>
    public const string Metrics = "metrics";

    private const int OtlpPort = 4317;

    public static SandboxResource Postgres(SandboxPorts ports) => new(PostgresName, ResourceKind.Postgres)
    {
        Stage = PostgresName,
        Endpoint = new ResourceEndpoint(ports.Postgres, "PostgreSQL", ReadinessPath: null),
        Container = new ContainerSpec("timescale/timescaledb", "2.17.2-pg17", 5432)
        {
            Data = "/var/lib/postgresql/data",
            Files = [new MountedFile("postgres/roles.sh", "/docker-entrypoint-initdb.d/100-ktrdr-roles.sh")],
        },
        Environment = new Dictionary<string, ResourceValue>
        {
            ["POSTGRES_PASSWORD"] = new SecretText(SandboxSecrets.PostgresSuperuserPassword),
            ["KTRDR_OWNER_PASSWORD"] = new SecretText(SandboxSecrets.PostgresOwnerPassword),
            ["KTRDR_API_PASSWORD"] = new SecretText(SandboxSecrets.PostgresApiPassword),
        },
    };

    /// <summary>Each after those it depends on.</summary>
    public static IEnumerable<SandboxResource> Observability(SandboxPorts ports) =>
    [
        new(Jaeger, ResourceKind.Jaeger)
        {
            Stage = Jaeger,
            Endpoint = new ResourceEndpoint(ports.Jaeger, "Jaeger", "/"),
            Container = new ContainerSpec("jaegertracing/all-in-one", "1.62.0", 16686) { Intakes = Intakes(metrics: 14269) },
        },
        new(Collector, ResourceKind.Collector)
        {
            Stage = Collector,
            Endpoint = new ResourceEndpoint(null, "the OpenTelemetry collector's health", "/"),
            Dependencies = [new ResourceDependency(Jaeger, WaitCondition.Ready)],
            Arguments = ["--config=/etc/otelcol/config.yaml"],
            Container = new ContainerSpec("otel/opentelemetry-collector-contrib", "0.115.1", 13133)
            {
                Intakes = Intakes(metrics: CollectorTelemetryPort),
                Files = [new MountedFile("otel-collector/config.yaml", "/etc/otelcol/config.yaml")],
            },
        },
        new(Prometheus, ResourceKind.Prometheus)
        {
            Stage = Prometheus,
            Endpoint = new ResourceEndpoint(ports.Prometheus, "Prometheus", "/-/ready"),
            Container = new ContainerSpec("prom/prometheus", "v2.55.1", 9090) { Data = "/prometheus" },
        },
        new(Grafana, ResourceKind.Grafana)
        {
            Stage = Grafana,
            Endpoint = new ResourceEndpoint(ports.Grafana, "Grafana", "/api/health"),
            Dependencies = [new ResourceDependency(Prometheus, WaitCondition.Ready), new ResourceDependency(Jaeger, WaitCondition.Ready)],
            Environment = new Dictionary<string, ResourceValue>
            {
                ["GF_SECURITY_ADMIN_PASSWORD"] = new SecretText(SandboxSecrets.GrafanaAdminPassword),
                // Looking is free on the loopback address; changing needs the password.
                ["GF_AUTH_ANONYMOUS_ENABLED"] = "true",
                ["GF_ANALYTICS_REPORTING_ENABLED"] = "false",
                ["GF_ANALYTICS_CHECK_FOR_UPDATES"] = "false",
            },
            Container = new ContainerSpec("grafana/grafana", "11.4.0", 3000)
            {
                Data = "/var/lib/grafana",
                Files = [new MountedFile("grafana/provisioning", "/etc/grafana/provisioning"), new MountedFile("grafana/dashboards", "/etc/ktrdr/dashboards")],
            },
        },
    ];

    private static Dictionary<string, int> Intakes(int metrics) => new() { [Otlp] = OtlpPort, [Metrics] = metrics };
}
