using System.Diagnostics;
using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Tests.Api;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Worker;

/// <summary>A real Api on a real database with real worker processes, a synthetic market and two strategies: one that trains in a moment, one that takes seconds.</summary>
public sealed class SandboxOfWorkers : IAsyncLifetime
{
    private const int Bars = 12_000;

    private readonly ApiFixture _fixture = new() { Leases = new Leases() };
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, WorkerProcess> _workers = [];

    public const string Quick = "quick";

    public const string Long = "long";

    internal ApiReplica Api => _fixture.Api;

    internal IKtrdrApi Client => _fixture.Api.Admin;

    public async Task InitializeAsync()
    {
        await _fixture.InitializeAsync();
        if (PostgresServer.Missing is not null)
        {
            return;
        }

        Start(WorkerKinds.Backtest, "backtest-1");
        var load = await Client.GenerateDataAsync(new GenerateRequest { Kind = "planted", Seed = 5, Bars = Bars, Symbol = "SYNTH" });
        Assert.Equal(OperationStatus.Succeeded, (await FinishedAsync(load.OperationId)).Status);

        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "strategies", "eurusd_reversion_1h.yaml"));
        document = document.Replace("EURUSD", "SYNTH", StringComparison.Ordinal).Replace("confidence_threshold: 0.36", "confidence_threshold: 0.34", StringComparison.Ordinal).Replace("\nseed: 7", "", StringComparison.Ordinal);
        await SaveAsync(document.Replace("name: eurusd_reversion_1h", $"name: {Quick}", StringComparison.Ordinal).Replace("epochs: 60", "epochs: 6", StringComparison.Ordinal));
        await SaveAsync(document.Replace("name: eurusd_reversion_1h", $"name: {Long}", StringComparison.Ordinal)
            .Replace("epochs: 60", "epochs: 1500", StringComparison.Ordinal)
            .Replace("patience: 8", "patience: 1500", StringComparison.Ordinal)
            .Replace("batch_size: 256", "batch_size: 64", StringComparison.Ordinal));
    }

    public async Task DisposeAsync()
    {
        foreach (var worker in _workers.Values)
        {
            worker.Dispose();
        }

        await _fixture.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The one training worker, killed and started again with its state: what a test before had started cannot take this one's work.</summary>
    internal WorkerProcess RestartTraining(params Uri[] apiUrls) => Start(WorkerKinds.Training, "training-1", null, apiUrls);

    /// <summary>The same worker after an update: its next process is of another build.</summary>
    internal WorkerProcess RestartTraining(OtherBuild build) => Start(WorkerKinds.Training, "training-1", build.Worker);

    /// <summary>A backtest worker of that name, killed and started again with its state if it runs already.</summary>
    internal WorkerProcess RestartBacktest(string id) => Start(WorkerKinds.Backtest, id);

    /// <summary>Runs <c>ktrdr</c> against this Api.</summary>
    internal async Task<(int ExitCode, string Output, string Error)> CliAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ktrdr.dll"), .. arguments, "--url", Api.Url.ToString().TrimEnd('/')])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.Path,
            Environment = { ["KTRDR_HOME"] = _folder.Path, ["KTRDR_TOKEN"] = _fixture.Secrets.Read(SandboxSecrets.AdminToken) },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
        return (process.ExitCode, await output, await error);
    }

    /// <summary>The same, with the data that the command prints.</summary>
    internal async Task<JsonElement> CliJsonAsync(params string[] arguments)
    {
        var run = await CliAsync([.. arguments, "--json"]);
        Assert.True(run.ExitCode == 0, $"{string.Join(' ', arguments)}: {run.ExitCode} {run.Error}");
        return JsonDocument.Parse(run.Output).RootElement;
    }

    /// <summary>A document as a file for the command line.</summary>
    internal async Task<string> WriteAsync(string name, string text)
    {
        var path = _folder.File(name);
        await File.WriteAllTextAsync(path, text);
        return path;
    }

    /// <summary>Where a worker keeps what outlives it.</summary>
    internal string StateOf(string worker) => _folder.File(worker);

    internal Task<object?> SqlAsync(string sql) => _fixture.SqlAsync(sql);

    private WorkerProcess Start(string kind, string id, string? executable = null, params Uri[] apiUrls)
    {
        if (_workers.Remove(id, out var before))
        {
            before.Dispose();
        }

        return _workers[id] = WorkerProcess.Start(kind, id, apiUrls.Length > 0 ? apiUrls : [Api.Url], _fixture.Secrets.PathOf(SandboxSecrets.JoinToken), _folder.File(id), executable: executable);
    }

    internal Task<ApiReplica> StartReplicaAsync() => _fixture.StartReplicaAsync();

    internal async Task<string> TrainAsync(string strategy, long seed = 1, IKtrdrApi? client = null)
        => (await (client ?? Client).StartTrainingAsync(new TrainingRequest { Strategy = strategy, Symbol = "SYNTH", Timeframe = "1h", Seed = seed })).OperationId;

    internal async Task<string> BacktestAsync(string model) => (await Client.StartBacktestAsync(new BacktestRequest { Model = model, Window = "validation" })).OperationId;

    internal async Task<Operation> FinishedAsync(string id, IKtrdrApi? client = null, int seconds = 120)
    {
        Operation? operation = null;
        await ApiFixture.UntilAsync(async () => (operation = await (client ?? Client).GetOperationAsync(id)).IsFinished, $"{id} has finished", seconds);
        return operation!;
    }

    internal async Task<T> ResultAsync<T>(string id, IKtrdrApi? client = null)
    {
        var operation = await FinishedAsync(id, client);
        Assert.True(operation.Status == OperationStatus.Succeeded, $"{operation.Status}: {operation.Failure?.Message} {operation.Failure?.Detail}");
        return KtrdrJson.Read<T>(operation.Result!.Value);
    }

    internal Task RunningAsync(string id) => ApiFixture.UntilAsync(async () => (await Client.GetOperationAsync(id)).Status == OperationStatus.Running, $"{id} runs", 60);

    /// <summary>The operation runs and has a state at the Api to go on from.</summary>
    internal Task CheckpointedAsync(string id)
        => ApiFixture.UntilAsync(async () => await _fixture.SqlAsync($"select checkpoint is not null and status = 'running' from operations where id = '{id}'") is true, $"{id} has a checkpoint", 60);

    private async Task SaveAsync(string document) => await Client.SaveStrategyAsync(new StrategyDocumentRequest(document));
}
