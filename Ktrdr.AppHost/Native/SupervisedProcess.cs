using System.Diagnostics;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>What to run and how to know and end it.</summary>
internal sealed record ProcessPlan(string Name, IReadOnlyList<string> Command)
{
    /// <summary>Set in addition to the host's own environment; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public required string WorkingFolder { get; init; }

    public int? Port { get; init; }

    public (string Name, int Number) StopSignal { get; init; } = ("TERM", UnixProcess.Terminate);

    /// <summary>How long a stop may take before the process is killed.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(6);

    public TimeSpan ReadyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Asked again and again with the process id until it says yes.</summary>
    public Func<int, CancellationToken, Task<bool>> IsReady { get; init; } = (_, _) => Task.FromResult(true);

    /// <summary>Done before every start, for instance to end what a crash left behind.</summary>
    public Func<CancellationToken, Task> BeforeStart { get; init; } = _ => Task.CompletedTask;
}

/// <summary>Keeps one program running: starts it, waits until it is ready, starts it again after a crash, and stops it.</summary>
internal sealed class SupervisedProcess(ProcessPlan plan, RotatingLog log, Action<string> say) : IAsyncDisposable
{
    /// <summary>A program that ends this often before it was ever ready will not get better by itself.</summary>
    private const int AttemptsToBecomeReady = 3;

    private static readonly TimeSpan ReadinessInterval = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _loop;
    private volatile Process? _process;

    public string Name => plan.Name;

    public int Restarts { get; private set; }

    public SandboxProcess Snapshot()
        => new(plan.Name, _process is { } process ? ProcessIdentity.Of(process.Id) : null, plan.Port, Restarts, log.Path);

    /// <summary>Raised after every start and end of the program.</summary>
    public event Action? Changed;

    /// <summary>Starts the program and returns when it is ready.</summary>
    /// <exception cref="SandboxException"><c>start_failed</c>: it ended or did not become ready in time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(KeepRunningAsync, CancellationToken.None);
        try
        {
            await _ready.Task.WaitAsync(plan.ReadyTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw Failed($"did not become ready within {plan.ReadyTimeout.TotalSeconds:0} s");
        }
    }

    /// <summary>Asks the program to stop, waits, kills what is left.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_loop is not null)
        {
            await _loop.ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
        log.Dispose();
    }

    private async Task KeepRunningAsync()
    {
        var backoff = new RestartBackoff();
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                var ran = Stopwatch.StartNew();
                string end;
                try
                {
                    await plan.BeforeStart(_stopping.Token).ConfigureAwait(false);
                    ran.Restart();
                    end = $"ended with exit code {await RunOnceAsync().ConfigureAwait(false)}";
                }
                catch (Exception error) when (_ready.Task.IsCompletedSuccessfully && !_stopping.IsCancellationRequested)
                {
                    // It ran before, so what keeps it from starting now, such as a full disk, may pass.
                    end = $"could not be started ({error.Message})";
                }

                if (_stopping.IsCancellationRequested)
                {
                    return;
                }

                if (!_ready.Task.IsCompleted && Restarts + 1 >= AttemptsToBecomeReady)
                {
                    _ready.TrySetException(Failed($"{end}, {AttemptsToBecomeReady} times"));
                    return;
                }

                var wait = backoff.Next(ran.Elapsed);
                say($"{plan.Name} {end} and starts again in {wait.TotalSeconds:0.0} s (log: {log.Path})");
                await Task.Delay(wait, _stopping.Token).ConfigureAwait(false);
                Restarts++;
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped while waiting: nothing runs.
        }
        catch (Exception error)
        {
            _ready.TrySetException(error);
        }
    }

    private async Task<int> RunOnceAsync()
    {
        var start = Launch.StartInfo(plan.Command, plan.StopSignal.Name, plan.WorkingFolder);
        foreach (var (name, value) in plan.Environment)
        {
            start.Environment[name] = value;
        }

        using var process = new Process { StartInfo = start };
        UnixProcess.Start(process);
        var pid = process.Id;
        _process = process;
        Changed?.Invoke();
        var output = OneShotProcess.CopyOutputAsync(process, log);
        using var ended = new CancellationTokenSource();
        var readiness = WatchReadinessAsync(pid, ended.Token);
        try
        {
            await process.WaitForExitAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await StopAsync(process).ConfigureAwait(false);
        }

        // What is left of the group: the watcher, and anything the program started and forgot.
        UnixProcess.SignalGroup(pid, UnixProcess.Kill);
        await ended.CancelAsync().ConfigureAwait(false);
        await readiness.ConfigureAwait(false);
        await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1))).ConfigureAwait(false);
        _process = null;
        Changed?.Invoke();
        return process.ExitCode;
    }

    private async Task StopAsync(Process process)
    {
        UnixProcess.Signal(process.Id, plan.StopSignal.Number);
        using var limit = new CancellationTokenSource(plan.StopTimeout);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            say($"{plan.Name} did not stop within {plan.StopTimeout.TotalSeconds:0} s and is killed");
            UnixProcess.SignalGroup(process.Id, UnixProcess.Kill);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task WatchReadinessAsync(int pid, CancellationToken ended)
    {
        try
        {
            while (!_ready.Task.IsCompleted)
            {
                if (await plan.IsReady(pid, ended).ConfigureAwait(false))
                {
                    _ready.TrySetResult();
                    return;
                }

                await Task.Delay(ReadinessInterval, ended).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The program ended first; the loop decides what that means.
        }
    }

    private SandboxException Failed(string what)
        => new("start_failed", $"{plan.Name} {what}{(log.LastLine is { } line ? $": {line}" : "")} (log: {log.Path})");
}
