using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Ktrdr.AppHost;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Tests.Sandboxes;
using Spectre.Console;
using Xunit;

namespace Ktrdr.Tests.AppHost.Sandboxes;

public sealed class DemoRunTests : IDisposable
{
    private readonly TemporaryHome _home = new();
    private readonly List<string> _said = [];

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task RunAsync_File_IsPutImportedAndResearchedUntilTheCampaignIsClosed()
    {
        var file = Path.Combine(_home.Root, "bars.csv");
        await File.WriteAllTextAsync(file, "time,open\n");
        var script = new Script();
        var (campaign, experiments) = await new DemoRun(script.Api, _said.Add, _ => { }).RunAsync(new DemoData(file, "EURUSD", "1h"), 3, 9, CancellationToken.None);

        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file)));
        Assert.Equal(hash, script.Put);
        Assert.Equal(new ImportRequest { Sha256 = hash, FileName = "bars.csv", Symbol = "EURUSD", Timeframe = "1h" }, script.Imported);
        Assert.Equal((3, 9L, "dataset", true, null), (script.Research!.Cycles, script.Research.Seed, script.Research.Dataset, script.Research.Close, script.Research.MemoryScope));
        Assert.Equal(CampaignStatus.Closed, campaign.Status);
        Assert.Equal([1, 2], experiments.Select(e => e.Number));
        Assert.DoesNotContain(_said, line => line.Contains("SYNTHETIC", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_NoFile_GeneratesAndSaysSo()
    {
        var script = new Script { Synthetic = true };
        await new DemoRun(script.Api, _said.Add, _ => { }).RunAsync(new DemoData(null, "SYNTH", "1h"), 3, 5, CancellationToken.None);

        Assert.Equal((5L, "SYNTH", "1h"), (script.Generated!.Seed, script.Generated.Symbol, script.Generated.Timeframe));
        Assert.Contains(_said, line => line.StartsWith("SYNTHETIC: these bars were generated", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_ImportFails_SaysWhyInOneLine()
    {
        var script = new Script { LoadFailure = "row 3: close is 'x'; allowed is a number" };

        var error = await Assert.ThrowsAsync<SandboxException>(() => new DemoRun(script.Api, _said.Add, _ => { }).RunAsync(new DemoData(null, "SYNTH", "1h"), 1, 1, CancellationToken.None));
        Assert.Equal("loading the bars failed: row 3: close is 'x'; allowed is a number (operation op_load)", error.Message);
    }

    [Fact]
    public async Task RunAsync_ApiIsAwayForAMoment_GoesOn()
    {
        var script = new Script { Absences = 2 };
        var (campaign, _) = await new DemoRun(script.Api, _said.Add, _ => { }).RunAsync(new DemoData(null, "SYNTH", "1h"), 1, 1, CancellationToken.None);

        Assert.Equal(CampaignStatus.Closed, campaign.Status);
    }

    [Fact]
    public void ToJson_Result_HasTheNamesThatProgramsRead()
    {
        var gated = Script.Experiment(2) with { Gate = new GateOutcome("training", false, "it did not learn"), Statistics = Script.Judged(2) };
        var tested = Script.Experiment(1) with { Validation = new BacktestMetrics { Sharpe = 0.5, Trades = 40 }, Test = new BacktestMetrics { Sharpe = -0.1, Trades = 9 }, Statistics = Script.Judged(1), Verdict = "unproven" };
        var result = new DemoResult { Slot = 6, Url = "http://127.0.0.1:8006", ElapsedSeconds = 1.5, Symbol = "EURUSD", Timeframe = "1h", Synthetic = false, Experiments = [DemoExperiment.Of(tested), DemoExperiment.Of(gated)] };

        Assert.DoesNotContain('\n', result.ToJson());
        var json = JsonDocument.Parse(result.ToJson()).RootElement;
        Assert.Equal(["slot", "url", "elapsed_seconds", "symbol", "timeframe", "synthetic", "experiments"], json.EnumerateObject().Select(p => p.Name));
        var first = json.GetProperty("experiments")[0];
        Assert.Equal(["id", "strategy", "hypothesis", "status", "validation_sharpe", "test_sharpe", "deflated_sharpe", "trades", "verdict"], first.EnumerateObject().Select(p => p.Name));
        Assert.Equal((0.5, -0.1, 0.25, 40, "done", "unproven"), (first.GetProperty("validation_sharpe").GetDouble(), first.GetProperty("test_sharpe").GetDouble(), first.GetProperty("deflated_sharpe").GetDouble(), first.GetProperty("trades").GetInt32(), first.GetProperty("status").GetString(), first.GetProperty("verdict").GetString()));
        var second = json.GetProperty("experiments")[1];
        Assert.Equal(0, second.GetProperty("trades").GetInt32());
        Assert.All((string[])["validation_sharpe", "test_sharpe", "deflated_sharpe"], name => Assert.Equal(JsonValueKind.Null, second.GetProperty(name).ValueKind));
    }

    [Fact]
    public async Task FollowAsync_InAPipe_WritesOneLinePerChange()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No });
        var campaign = Script.Campaign(CampaignStatus.Open, synthetic: false);
        await new DemoView(console, live: false).FollowAsync(show =>
        {
            var training = Script.Experiment(1) with { Phase = ExperimentPhase.Training, StrategyName = "s" };
            show(new DemoProgress(campaign, [training], [], TimeSpan.FromSeconds(1)));
            show(new DemoProgress(campaign, [training], [], TimeSpan.FromSeconds(2)));
            show(new DemoProgress(campaign, [training with { Phase = ExperimentPhase.Done, Verdict = "rejected" }], [], TimeSpan.FromSeconds(3)));
            return Task.FromResult(0);
        });

        Assert.Equal(["   1.0 s  experiment 1: training, s", "   3.0 s  experiment 1: done, s, rejected"], output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r')));
    }

    /// <summary>An Api that answers what a demo asks, from a script.</summary>
    private sealed class Script
    {
        private int _loads;
        private int _polls;

        public Script()
        {
            Api = DispatchProxy.Create<IKtrdrApi, ScriptedApi>();
            ((ScriptedApi)(object)Api).Answer = Answer;
        }

        public IKtrdrApi Api { get; }

        public bool Synthetic { get; init; }

        public string? LoadFailure { get; init; }

        public int Absences { get; init; }

        public string? Put { get; private set; }

        public ImportRequest? Imported { get; private set; }

        public GenerateRequest? Generated { get; private set; }

        public ResearchRequest? Research { get; private set; }

        public static Experiment Experiment(int number) => new() { Id = $"x{number}", CampaignId = "c", Number = number, Phase = ExperimentPhase.Done };

        public static TrialStatistics Judged(int number) => new() { ExperimentId = $"x{number}", Number = number, Verdict = "unproven", Reasons = [], DeflatedSharpe = 0.25 };

        public static Campaign Campaign(CampaignStatus status, bool synthetic) => new()
        {
            Id = "c",
            Goal = "g",
            Symbol = "EURUSD",
            Timeframe = "1h",
            Dataset = "dataset",
            Synthetic = synthetic,
            Cycles = 2,
            Seed = 1,
            Lag = 2,
            CloseWhenDone = true,
            MemoryScope = "c",
            Status = status,
            Memory = null!,
        };

        private object Answer(string method, object?[] arguments)
        {
            switch (method)
            {
                case nameof(IKtrdrApi.PutArtifactAsync):
                    Put = (string)arguments[0]!;
                    return Task.FromResult(new ArtifactStored(Put, 1));
                case nameof(IKtrdrApi.ImportDataAsync):
                    Imported = (ImportRequest)arguments[0]!;
                    return Task.FromResult(new OperationAccepted("op_load", OperationStatus.Queued));
                case nameof(IKtrdrApi.GenerateDataAsync):
                    Generated = (GenerateRequest)arguments[0]!;
                    return Task.FromResult(new OperationAccepted("op_load", OperationStatus.Queued));
                case nameof(IKtrdrApi.StartResearchAsync):
                    Research = (ResearchRequest)arguments[0]!;
                    return Task.FromResult(new ResearchStarted("c", "op_research"));
                case nameof(IKtrdrApi.GetOperationAsync):
                    return (string)arguments[0]! == "op_load" ? Loading() : Task.FromResult(new Operation { Id = "op_research", Type = "agent_research", Status = OperationStatus.Running });
                case nameof(IKtrdrApi.GetCampaignAsync):
                    return Task.FromResult(Campaign(++_polls < 2 ? CampaignStatus.Open : CampaignStatus.Closed, Synthetic));
                case nameof(IKtrdrApi.ListExperimentsAsync):
                    return Task.FromResult<IReadOnlyList<Experiment>>([Experiment(2), Experiment(1)]);
                case nameof(IKtrdrApi.ListOperationsAsync):
                    return Task.FromResult(new Page<Operation>([]));
                default:
                    throw new InvalidOperationException($"The demo should not call {method}.");
            }
        }

        private Task<Operation> Loading()
        {
            if (++_loads <= Absences)
            {
                return Task.FromException<Operation>(new KtrdrApiException("no answer", new HttpRequestException("refused")));
            }

            var operation = new Operation { Id = "op_load", Type = "data_load", Status = OperationStatus.Succeeded };
            return Task.FromResult(LoadFailure is { } failure
                ? operation with { Status = OperationStatus.Failed, Failure = new OperationFailure("invalid_data", failure) }
                : operation with { Result = KtrdrJson.ToElement(new DataLoadResult(Dataset(), "bars")) });
        }

        private DatasetVersion Dataset() => new()
        {
            Id = "dataset",
            Symbol = "EURUSD",
            Timeframe = "1h",
            Bars = 10,
            FirstTime = default,
            LastTime = default,
            SealedFrom = default,
            UnsealedBars = 8,
            Windows = [],
            Source = "null, seed 1",
            Synthetic = Synthetic,
        };
    }

    public class ScriptedApi : DispatchProxy
    {
        internal Func<string, object?[], object> Answer { get; set; } = null!;

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Answer(targetMethod!.Name, args!);
    }
}
