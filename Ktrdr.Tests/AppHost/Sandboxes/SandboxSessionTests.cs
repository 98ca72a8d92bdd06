using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.AppHost.Sandboxes;

public sealed class SandboxSessionTests : IDisposable
{
    private readonly TemporaryHome _home = new();
    private readonly List<string> _said = [];

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Session_WhatRunsCannotBeWrittenDown_GoesOnAndStopsAllTheSame()
    {
        var registry = new SandboxRegistry(_home.Layout);
        var runner = new Runner();
        var session = await SandboxSession.ClaimAsync(registry, new Realisation(runner), null, new WorkerCounts(), _home.Root, _said.Add, CancellationToken.None);
        await session.StartAsync(new WorkerCounts(), CancellationToken.None);
        Assert.Equal(SandboxStatus.Running, registry.Read(session.Slot)!.Status);

        // What a full disk does, without one: the registry's lock cannot be opened any more.
        var held = Path.Combine(_home.Layout.Sandboxes, "registry.lock");
        File.Delete(held);
        Directory.CreateDirectory(held);
        runner.Change();
        Assert.Contains(_said, line => line.StartsWith($"what runs in slot {session.Slot} could not be written down: ", StringComparison.Ordinal));

        await session.DisposeAsync();
        Assert.True(runner.Stopped);
    }

    private sealed class Realisation(Runner runner) : ISandboxRealisation
    {
        public IReadOnlySet<ResourceKind> Servers => new HashSet<ResourceKind>();

        public Task<ISandboxRunner> PrepareAsync(SandboxGraph graph, SandboxFile known, Action<string> say, CancellationToken cancellationToken) => Task.FromResult<ISandboxRunner>(runner);
    }

    private sealed class Runner : ISandboxRunner
    {
        public event Action? Changed;

        public string? PostgresData => null;

        public string Logs => "nowhere";

        public bool Stopped { get; private set; }

        public void Change() => Changed?.Invoke();

        public IReadOnlyList<SandboxProcess> Snapshot() => [];

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public ValueTask DisposeAsync()
        {
            Stopped = true;
            return ValueTask.CompletedTask;
        }
    }
}
