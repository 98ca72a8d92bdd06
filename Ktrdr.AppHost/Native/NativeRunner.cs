using System.Net;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>Realises a <see cref="SandboxGraph"/> with processes of this machine: starts them in order, keeps them running, stops them in the reverse order.</summary>
public sealed class NativeRunner : ISandboxRunner
{
    private readonly SandboxGraph _graph;
    private readonly SandboxFolder _folder;
    private readonly ProgramFolder _programs;
    private readonly EnvironmentResolver _resolver;
    private readonly SandboxSecrets _secrets;
    private readonly PostgresServer _postgres;
    private readonly PostgresCluster _cluster;
    private readonly Action<string> _say;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SupervisedProcess> _processes = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <param name="cluster">The prepared database files.</param>
    /// <param name="say">Told in one line what people should know: a crash, a restart.</param>
    public NativeRunner(
        SandboxGraph graph, SandboxFolder folder, ProgramFolder programs, PostgresInstallation installation, PostgresCluster cluster, ServerUser user, Action<string> say)
    {
        _graph = graph;
        _folder = folder;
        _programs = programs;
        _cluster = cluster;
        _say = say;
        _secrets = new SandboxSecrets(folder);
        _postgres = new PostgresServer(installation, user, cluster, graph[SandboxServers.PostgresName].Endpoint!.Port!.Value);
        _resolver = new EnvironmentResolver(graph, folder, _secrets, (role, password) => _postgres.ConnectionString(role, password));
    }

    public event Action? Changed;

    public string? PostgresData => _cluster.Home;

    public string Logs => _folder.Logs;

    /// <summary>Connection string of a role, for those who prepare or test the database.</summary>
    public string ConnectionString(string role, string passwordSecret) => _postgres.ConnectionString(role, _secrets.Read(passwordSecret));

    public IReadOnlyList<SandboxProcess> Snapshot()
    {
        lock (_gate)
        {
            return [.. _graph.Resources.Where(resource => _processes.ContainsKey(resource.Name)).Select(resource => _processes[resource.Name].Snapshot())];
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder.Logs);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var started = new Dictionary<string, Task>();
        SandboxException? reason = null;
        foreach (var resource in _graph.Resources)
        {
            var dependencies = resource.Dependencies.Select(dependency => started[dependency.Resource]).ToArray();
            started[resource.Name] = StartAfterAsync(resource, dependencies);
        }

        try
        {
            await Task.WhenAll(started.Values).ConfigureAwait(false);
        }
        catch (Exception) when (reason is not null)
        {
            // The first trouble is the cause; the others were cancelled because of it.
            throw reason;
        }

        async Task StartAfterAsync(SandboxResource resource, Task[] dependencies)
        {
            try
            {
                await Task.WhenAll(dependencies).WaitAsync(failed.Token).ConfigureAwait(false);
                await StartAsync(resource, failed.Token).ConfigureAwait(false);
            }
            catch (SandboxException error)
            {
                Interlocked.CompareExchange(ref reason, error, null);
                await failed.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Stops everything, stage by stage in the reverse order of the graph.</summary>
    public async Task StopAsync()
    {
        var stages = _graph.Resources.Select(resource => resource.Stage).Distinct().Reverse();
        foreach (var stage in stages)
        {
            await Task.WhenAll(_graph.Resources.Where(resource => resource.Stage == stage).Select(StopAsync)).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _http.Dispose();
    }

    private async Task StopAsync(SandboxResource resource)
    {
        SupervisedProcess? process;
        lock (_gate)
        {
            _processes.Remove(resource.Name, out process);
        }

        if (process is not null)
        {
            await process.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Task StartAsync(SandboxResource resource, CancellationToken cancellationToken) => resource.Kind switch
    {
        ResourceKind.OneShot => RunToEndAsync(resource, cancellationToken),
        _ => SuperviseAsync(PlanOf(resource), cancellationToken),
    };

    private async Task SuperviseAsync(ProcessPlan plan, CancellationToken cancellationToken)
    {
        var process = new SupervisedProcess(plan, new RotatingLog(LogOf(plan.Name)), _say);
        process.Changed += () => Changed?.Invoke();
        lock (_gate)
        {
            _processes[plan.Name] = process;
        }

        await process.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task RunToEndAsync(SandboxResource resource, CancellationToken cancellationToken)
    {
        using var log = new RotatingLog(LogOf(resource.Name));
        var exitCode = await OneShotProcess.RunAsync(OurPlan(resource), log, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw new SandboxException("start_failed", $"{resource.Name} ended with exit code {exitCode}{(log.LastLine is { } line ? $": {line}" : "")} (log: {log.Path})");
        }
    }

    private ProcessPlan PlanOf(SandboxResource resource) => resource.Kind switch
    {
        ResourceKind.Postgres => new ProcessPlan(resource.Name, _postgres.Command)
        {
            WorkingFolder = "/",
            Port = _resolver.PortOf(resource.Name),
            // Fast shutdown: open transactions end, what was committed stays.
            StopSignal = ("INT", UnixProcess.Interrupt),
            StopTimeout = TimeSpan.FromSeconds(10),
            BeforeStart = cancellationToken => PostgresServer.EndLeftoverAsync(_cluster, cancellationToken),
            IsReady = (pid, _) => Task.FromResult(_postgres.IsReady(pid)),
        },
        ResourceKind.Prometheus => new ProcessPlan(
            resource.Name,
            PrometheusServer.Prepare(PrometheusServer.Program!, _graph.Slot, _folder, _secrets, _resolver.UrlOf(SandboxGraph.Api), _resolver.PortOf(resource.Name)))
        {
            WorkingFolder = _folder.Prometheus,
            Port = _resolver.PortOf(resource.Name),
            IsReady = Answers(resource),
        },
        _ => OurPlan(resource),
    };

    private ProcessPlan OurPlan(SandboxResource resource)
    {
        var environment = new Dictionary<string, string?>(_resolver.Resolve(resource)) { ["DOTNET_ROOT"] = ProgramFolder.DotnetRoot };
        if (environment.GetValueOrDefault(SandboxVariables.State) is { } state)
        {
            Directory.CreateDirectory(state);
        }

        return new ProcessPlan(resource.Name, [_programs.Find(resource.Project!), .. resource.Arguments])
        {
            Environment = environment,
            // Not the caller's folder: a running sandbox must not hold it, nor read configuration that happens to lie there.
            WorkingFolder = _folder.Root,
            Port = resource.Endpoint is null ? null : _resolver.PortOf(resource.Name),
            IsReady = Answers(resource),
        };
    }

    private Func<int, CancellationToken, Task<bool>> Answers(SandboxResource resource)
    {
        if (resource.Endpoint?.ReadinessPath is not { } path)
        {
            return (_, _) => Task.FromResult(true);
        }

        var address = new Uri(_resolver.UrlOf(resource.Name) + path);
        return async (_, cancellationToken) =>
        {
            try
            {
                using var answer = await _http.GetAsync(address, cancellationToken).ConfigureAwait(false);
                return answer.StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
            catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        };
    }

    private string LogOf(string name) => Path.Combine(_folder.Logs, $"{name}.log");
}
