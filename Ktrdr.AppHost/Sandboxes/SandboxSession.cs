using System.Diagnostics;
using Ktrdr.AppHost.Native;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>One sandbox from its claim to its stop: keeps <c>sandbox.json</c> true all the while.</summary>
public sealed class SandboxSession : IAsyncDisposable
{
    private static readonly TimeSpan LeftoverTimeout = TimeSpan.FromSeconds(8);

    private readonly SandboxRegistry _registry;
    private readonly ISandboxRealisation _realisation;
    private readonly Action<string> _say;
    private readonly Lock _gate = new();
    private SandboxFile _file;
    private ISandboxRunner? _runner;

    private SandboxSession(SandboxRegistry registry, ISandboxRealisation realisation, SandboxFile file, Action<string> say)
    {
        _registry = registry;
        _realisation = realisation;
        _file = file;
        _say = say;
    }

    public int Slot => _file.Slot;

    public string Url => _file.Url;

    /// <summary>Where people find what the resources say, once the sandbox was started.</summary>
    public string? Logs => _runner?.Logs;

    public SandboxSecrets Secrets => new(_registry.Layout.Slot(Slot));

    /// <summary>A client of the sandbox's Api with the admin's token.</summary>
    public SandboxClient Connect() => new(Url, Secrets.Read(SandboxSecrets.AdminToken));

    /// <summary>Claims a slot: the given one, else the first whose ports are all free.</summary>
    /// <exception cref="SandboxException">The slot or one of its ports is taken; nothing was started.</exception>
    public static async Task<SandboxSession> ClaimAsync(
        SandboxRegistry registry, ISandboxRealisation realisation, int? slot, WorkerCounts workers, string cloneRoot, Action<string> say, CancellationToken cancellationToken)
    {
        bool Usable(int candidate) => PortCheck.AllFree(SandboxGraph.For(candidate, workers, realisation.Servers));
        var file = slot is { } wanted ? registry.Claim(wanted, cloneRoot) : registry.ClaimFirst(Usable, cloneRoot);
        var session = new SandboxSession(registry, realisation, file, say);
        try
        {
            await session.EndLeftoversAsync(cancellationToken).ConfigureAwait(false);
            var taken = PortCheck.FindTaken(SandboxGraph.For(file.Slot, workers, realisation.Servers));
            if (taken.Count > 0)
            {
                throw PortCheck.Describe(file.Slot, taken, FirstFree(registry, Usable));
            }

            return session;
        }
        catch
        {
            session.Update(SandboxStatus.Stopped);
            throw;
        }
    }

    /// <summary>Starts everything and returns when everything is ready.</summary>
    /// <exception cref="SandboxException">One line that says what did not start and why; everything is stopped again.</exception>
    public async Task StartAsync(WorkerCounts workers, CancellationToken cancellationToken)
    {
        try
        {
            Secrets.Ensure();
            var graph = SandboxGraph.For(Slot, workers, _realisation.Servers);
            _runner = await _realisation.PrepareAsync(graph, _file, _say, cancellationToken).ConfigureAwait(false);
            _file = _file with { PostgresData = _runner.PostgresData };
            _runner.Changed += () => TryUpdate(_file.Status);
            await _runner.StartAsync(cancellationToken).ConfigureAwait(false);
            Update(SandboxStatus.Running);
            if (!SandboxMarker.TryWrite(_file.CloneRoot, Slot))
            {
                _say($"{_file.CloneRoot} cannot be written by this user, so `ktrdr` does not find this sandbox by itself: say --slot {Slot}");
            }
        }
        catch (Exception error)
        {
            await StopAsync(error is OperationCanceledException ? SandboxStatus.Stopped : SandboxStatus.Failed).ConfigureAwait(false);
            throw;
        }
    }

    public Task StopAsync() => StopAsync(SandboxStatus.Stopped);

    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private async Task StopAsync(SandboxStatus end)
    {
        if (_file.Status is SandboxStatus.Stopped or SandboxStatus.Failed)
        {
            return;
        }

        TryUpdate(SandboxStatus.Stopping);
        if (_runner is not null)
        {
            await _runner.DisposeAsync().ConfigureAwait(false);
        }

        TryUpdate(end);
    }

    /// <summary>What is written down must not decide over what runs: on a full disk a crashed process is started again and a stop stops.</summary>
    private void TryUpdate(SandboxStatus status)
    {
        try
        {
            Update(status);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SandboxException)
        {
            _say($"what runs in slot {Slot} could not be written down: {error.Message}");
        }
    }

    private void Update(SandboxStatus status)
    {
        lock (_gate)
        {
            _file = _file with { Status = status, Processes = _runner?.Snapshot() ?? [] };
            _registry.Update(_file);
        }
    }

    /// <summary>Ends what a crashed host of this slot left running.</summary>
    private async Task EndLeftoversAsync(CancellationToken cancellationToken)
    {
        var left = _file.Processes.Select(process => process.Process).OfType<ProcessIdentity>().Where(process => process.IsAlive()).ToList();
        if (left.Count == 0)
        {
            return;
        }

        _say($"ending {left.Count} processes that an earlier start of slot {Slot} left behind");
        await Task.WhenAll(left.Select(process => Leftovers.EndAsync(process, UnixProcess.Terminate, LeftoverTimeout, cancellationToken))).ConfigureAwait(false);
    }

    private static int? FirstFree(SandboxRegistry registry, Func<int, bool> usable)
    {
        var held = registry.List().Where(sandbox => sandbox.IsAlive).Select(sandbox => sandbox.Slot).ToHashSet();
        foreach (var slot in Enumerable.Range(SandboxPorts.FirstSlot, SandboxPorts.LastSlot + 1).Where(slot => !held.Contains(slot)))
        {
            if (usable(slot))
            {
                return slot;
            }
        }

        return null;
    }

    /// <summary>Asks the AppHost of a slot to stop, and waits until it has.</summary>
    /// <exception cref="SandboxException"><c>not_running</c> or <c>stop_failed</c>.</exception>
    public static async Task StopOtherAsync(SandboxRegistry registry, int slot, CancellationToken cancellationToken)
    {
        if (registry.Read(slot) is not { IsAlive: true } sandbox)
        {
            throw new SandboxException("not_running", $"slot {slot} is not running.");
        }

        UnixProcess.Signal(sandbox.AppHost.Pid, UnixProcess.Terminate);
        var waited = Stopwatch.StartNew();
        while (sandbox.AppHost.IsAlive())
        {
            if (waited.Elapsed > TimeSpan.FromSeconds(40))
            {
                throw new SandboxException("stop_failed", $"the AppHost of slot {slot} (process {sandbox.AppHost.Pid}) did not stop within 40 s.");
            }

            await Task.Delay(50, cancellationToken).ConfigureAwait(false);
        }
    }
}
