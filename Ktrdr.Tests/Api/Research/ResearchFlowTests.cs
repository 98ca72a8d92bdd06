using System.Security.Cryptography;
using System.Text;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ktrdr.Tests.Api.Research;

/// <summary>A campaign from bars to final verdict, with the workers' part played by the test.</summary>
public sealed class ResearchFlowTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private static readonly string Hash = new('d', 64);

    private IKtrdrApi Api => fixture.Api.Researcher;

    [PostgresFact]
    public async Task Campaign_FromBarsToVerdict_IsStoredAndServed()
    {
        await using var backtester = await FakeWorker.StartAsync(fixture.Api, "flow-backtest", [WorkerKinds.Backtest, WorkerKinds.Training]);
        await using var agent = await FakeWorker.StartAsync(fixture.Api, "flow-agent", [WorkerKinds.Agent], slots: 2);

        // Data: the seal hides the newest fifth from every route.
        var bars = SyntheticMarket.Null(7, 3_000, "FLOW");
        var dataset = await LoadAsync(backtester, bars);
        Assert.Equal((bars.ContentHash, 3_000, 2_400, true), (dataset.Id, dataset.Bars, dataset.UnsealedBars, dataset.Synthetic));
        using (var served = await Api.GetBarsBinaryAsync("FLOW", "1h"))
        {
            var unsealed = BarSeries.FromBytes(await served.Content.ReadAsByteArrayAsync());
            Assert.Equal(bars.Slice(0, 2_400).ContentHash, unsealed.ContentHash);
        }

        var json = await Api.GetBarsAsync("FLOW", "1h", limit: 100_000);
        Assert.Equal(bars.Slice(0, 2_400).Close.ToArray(), json.Close);
        Assert.Equal(3_000L, await fixture.SqlAsync("select count(*) from bars where symbol = 'FLOW'"));
        var sealedStart = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.GetBarsAsync("FLOW", "1h", start: dataset.SealedFrom));
        Assert.Equal(ErrorCodes.Sealed, sealedStart.Code);
        var sealedFile = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.GetArtifactAsync(Sha256(bars.ToBytes())));
        Assert.Equal(ErrorCodes.Sealed, sealedFile.Code);

        // A strategy, twice: stored once.
        var yaml = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "strategies", "eurusd_reversion_1h.yaml"))).Replace("EURUSD", "FLOW", StringComparison.Ordinal);
        var strategy = await Api.SaveStrategyAsync(new StrategyDocumentRequest(yaml));
        Assert.Equal(strategy.Hash, (await Api.SaveStrategyAsync(new StrategyDocumentRequest(yaml))).Hash);
        Assert.Single(await Api.ListStrategyVersionsAsync(strategy.Name));

        // The campaign and its driver's operation.
        var request = new ResearchRequest { Symbol = "FLOW", Timeframe = "1h", Cycles = 2 };
        var started = await Api.StartResearchAsync(request, "flow-key");
        Assert.Equal(started, await Api.StartResearchAsync(request, "flow-key"));
        var reused = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.StartResearchAsync(request with { Cycles = 3 }, "flow-key"));
        Assert.Equal(ErrorCodes.Conflict, reused.Code);
        Assert.Equal(OperationTypes.AgentResearch, (await agent.NextAsync()).Type);

        var experiment = await Api.CreateExperimentAsync(started.CampaignId, new CreateExperimentRequest(1));
        Assert.Equal(experiment.Id, (await Api.CreateExperimentAsync(started.CampaignId, new CreateExperimentRequest(1))).Id);
        experiment = await Api.TransitionExperimentAsync(experiment.Id, new ExperimentTransition { From = ExperimentPhase.Designing, To = ExperimentPhase.Training, StrategyHash = strategy.Hash, StrategyName = strategy.Name });

        // Training: the model's version is the Api's.
        var training = await Api.StartTrainingAsync(new TrainingRequest { Strategy = strategy.Hash, Dataset = dataset.Id, Purpose = RunPurposes.Trial, ExperimentId = experiment.Id }, $"{experiment.Id}:training", null, started.CampaignId);
        var trainingDispatch = await backtester.NextAsync();
        var file = Encoding.UTF8.GetBytes("a model's file");
        await backtester.Reports.ReportResultAsync(training.OperationId, 1, trainingDispatch.AttemptToken, Report(Trained(strategy, dataset, await backtester.PutAsync(file))));
        var trained = KtrdrJson.Read<TrainingResult>((await Api.GetOperationAsync(training.OperationId)).Result!.Value);
        Assert.Equal(1, trained.ModelVersion);
        Assert.Equal(strategy.Hash, (await Api.GetModelAsync(trained.ModelId!)).Training.StrategyHash);
        await Api.TransitionExperimentAsync(experiment.Id, new ExperimentTransition { From = ExperimentPhase.Training, To = ExperimentPhase.Backtesting, ModelId = trained.ModelId });
        var stale = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.TransitionExperimentAsync(experiment.Id, new ExperimentTransition { From = ExperimentPhase.Training, To = ExperimentPhase.Assessing }));
        Assert.Equal((ErrorCodes.WrongState, "backtesting"), (stale.Code, stale.Problem.Allowed));

        // The backtest: trades and equity come back as they went in, and the ledger has one row.
        var backtest = await Api.StartBacktestAsync(new BacktestRequest { Model = trained.ModelId, Window = "validation", Purpose = RunPurposes.Trial, ExperimentId = experiment.Id }, null, null, started.CampaignId);
        var backtestDispatch = await backtester.NextAsync();
        Assert.Equal(dataset.Id, backtestDispatch.Request.GetProperty("dataset").GetString());
        var result = Backtested(strategy, dataset, trained.ModelId!);
        await backtester.Reports.ReportResultAsync(backtest.OperationId, 1, backtestDispatch.AttemptToken, Report(result));
        Assert.Equal(result.Trades, await Api.GetBacktestTradesAsync(backtest.OperationId));
        Assert.Equal(result.Equity, await Api.GetBacktestEquityAsync(backtest.OperationId));
        var stored = await Api.GetBacktestAsync(backtest.OperationId);
        Assert.Equal((result.TradeListHash, 2), (stored.Result.TradeListHash, stored.Result.DailyReturns.Count));
        var entry = Assert.Single((await Api.GetLedgerAsync(started.CampaignId)).Items);
        Assert.Equal(("trial", "validation", "completed", experiment.Id), (entry.Purpose, entry.Window, entry.Outcome, entry.ExperimentId));

        // What a person runs by hand is no evidence of the experiment's own, whatever it names; on other bars it is another trial.
        foreach (var byHand in new[]
        {
            new BacktestRequest { Model = trained.ModelId, Window = "test", ExperimentId = experiment.Id },
            new BacktestRequest { Model = trained.ModelId, Start = dataset.FirstTime, End = dataset.SealedFrom },
            new BacktestRequest { Model = trained.ModelId, End = dataset.Windows[0].End },
        })
        {
            var run = await Api.StartBacktestAsync(byHand, null, null, started.CampaignId);
            var runDispatch = await backtester.NextAsync();
            await backtester.Reports.ReportResultAsync(run.OperationId, 1, runDispatch.AttemptToken, Report(result with { Window = byHand.Window ?? "custom" }));
        }

        var withManual = (await Api.GetCampaignTrialsAsync(started.CampaignId)).Trials;
        Assert.Equal([(true, "validation"), (false, "custom"), (false, "test")], withManual.Select(t => (t.Own, t.Window)));
        Assert.Null(withManual[1].DailyReturns);

        // A second experiment is stopped at the gate; it counts all the same.
        var second = await Api.CreateExperimentAsync(started.CampaignId, new CreateExperimentRequest(2));
        await Api.TransitionExperimentAsync(second.Id, new ExperimentTransition { From = ExperimentPhase.Designing, To = ExperimentPhase.Training, StrategyHash = new string('e', 64) });
        await Api.TransitionExperimentAsync(second.Id, new ExperimentTransition { From = ExperimentPhase.Training, To = ExperimentPhase.Assessing, Gate = new GateOutcome("training", false, "one class") });
        var trials = (await Api.GetCampaignTrialsAsync(started.CampaignId)).Trials;
        Assert.Equal([(1, "completed"), (2, "gated")], trials.Where(t => t.Own).Select(t => (t.ExperimentNumber!.Value, t.Outcome)));
        Assert.Equal((2, 1, 1.25), (trials[0].DailyReturns!.Count, trials[0].Trades, trials[0].Sharpe));
        Assert.Equal(trials[0].DailyReturns, PackedReturns.Read((await Api.GetCampaignTrialsAsync(started.CampaignId, packed: true)).Trials[0].PackedReturns));

        // Statistics make the verdict final, and only then is the campaign closed.
        Assert.Equal(CampaignStatus.Closing, (await Api.CloseCampaignAsync(started.CampaignId)).Status);
        var early = await Assert.ThrowsAsync<KtrdrApiException>(() => Api.MarkCampaignClosedAsync(started.CampaignId));
        Assert.Equal(ErrorCodes.WrongState, early.Code);
        var statistics = await Api.StartCampaignStatisticsAsync(started.CampaignId, "conclude");
        var statisticsDispatch = await backtester.NextAsync();
        await backtester.Reports.ReportResultAsync(statistics.OperationId, 1, statisticsDispatch.AttemptToken, Report(new CampaignStatisticsResult
        {
            CampaignId = started.CampaignId,
            Stage = "conclude",
            Trials = 2,
            EffectiveTrials = 1.5,
            RulesHash = Hash,
            LedgerHead = Hash,
            Experiments = [new TrialStatistics { ExperimentId = experiment.Id, Number = 1, DeflatedSharpe = 0.4, Verdict = "unproven", Reasons = ["not enough evidence"] }],
        }));
        Assert.Equal(CampaignStatus.Closed, (await Api.MarkCampaignClosedAsync(started.CampaignId)).Status);
        var board = await Api.GetLeaderboardAsync(started.CampaignId);
        Assert.Equal((experiment.Id, "unproven", true, 0.4, 2, true), (board[0].ExperimentId, board[0].Verdict, board[0].VerdictIsFinal, board[0].DeflatedSharpe, board[0].TrialsCounted, board[0].Synthetic));
        Assert.Equal(2, board.Count);

        // The chain holds: every hash covers its row and the one before.
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        var previous = LedgerStore.Genesis;
        foreach (var row in await scope.ServiceProvider.GetRequiredService<KtrdrDatabase>().Ledger.OrderBy(l => l.Sequence).ToListAsync())
        {
            Assert.Equal(previous, row.PreviousHash);
            Assert.Equal(LedgerStore.HashOf(row), row.Hash);
            previous = row.Hash;
        }

        await CheckMemoryAsync(experiment);
    }

    private async Task CheckMemoryAsync(Experiment experiment)
    {
        var hypothesis = await Api.SaveHypothesisAsync(new SaveHypothesisRequest("scope", "RSI extremes revert", null));
        Assert.Equal(hypothesis.Id, (await Api.SaveHypothesisAsync(new SaveHypothesisRequest("scope", "  rsi EXTREMES  revert ", null))).Id);
        var lesson = new Lesson { ExperimentId = experiment.Id, MemoryScope = "scope", Claim = "it did not", Relation = "contradicts", HypothesisId = hypothesis.Id, Blocks = ["indicator:rsi"] };
        await Api.SaveLessonAsync(lesson);
        await Api.SaveLessonAsync(lesson);
        var weighed = Assert.Single(await Api.ListHypothesesAsync("scope"));
        Assert.Equal((0, 1, "refuted"), (weighed.Supporting, weighed.Contradicting, weighed.Status));
        Assert.Single(await Api.ListLessonsAsync("scope"));
    }

    [PostgresFact]
    public async Task Backtest_CancelledWhileQueued_CountsInTheLedger()
    {
        // No worker runs it: the row is inserted as an accepted run would be.
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        var service = scope.ServiceProvider.GetRequiredService<Ktrdr.Api.Operations.OperationService>();
        var accepted = await service.AcceptAsync(
            new Ktrdr.Api.Operations.NewOperation(OperationTypes.Backtest, KtrdrJson.ToElement(new { }), "test")
            {
                Backend = "torch-mps",
                Purpose = RunPurposes.Trial,
                StrategyHash = Hash,
                Dataset = "elsewhere",
                Window = "validation",
                Seed = 3,
            },
            CancellationToken.None);
        var waiting = await Api.GetOperationAsync(accepted.OperationId);
        Assert.Equal(1, waiting.QueuePosition);
        Assert.Contains("a worker of kind backtest", waiting.WaitingFor);
        await Api.CancelOperationAsync(accepted.OperationId, "changed my mind");
        Assert.Equal("cancelled", await fixture.SqlAsync($"select outcome from ledger where operation_id = '{accepted.OperationId}'"));
    }

    private async Task<DatasetVersion> LoadAsync(FakeWorker worker, BarSeries bars)
    {
        await Api.GenerateDataAsync(new GenerateRequest { Symbol = bars.Symbol, Bars = bars.Count, Seed = 7 });
        await worker.FinishLoadAsync(await worker.NextAsync(), bars);
        return Assert.Single(await Api.ListDatasetsAsync(bars.Symbol));
    }

    internal static TrainingResult Trained(StrategyVersion strategy, DatasetVersion dataset, string sha256) => new()
    {
        StrategyName = strategy.Name,
        StrategyHash = strategy.Hash,
        Dataset = dataset.Id,
        Start = dataset.FirstTime,
        End = dataset.SealedFrom,
        Seed = 1,
        EngineVersion = "test",
        WeightsHash = Hash,
        ManifestSha256 = sha256,
        WeightsSha256 = sha256,
        StrategySha256 = sha256,
        Features = strategy.Features,
        Parameters = 10,
        EpochsTrained = 3,
        BestEpoch = 2,
        StopReason = "patience",
        TrainRows = 100,
        ValidationRows = 20,
    };

    internal static BacktestResult Backtested(StrategyVersion strategy, DatasetVersion dataset, string model)
    {
        var start = dataset.FirstTime;
        return new BacktestResult
        {
            Model = model,
            StrategyName = strategy.Name,
            StrategyHash = strategy.Hash,
            Dataset = dataset.Id,
            Symbol = dataset.Symbol,
            Timeframe = dataset.Timeframe,
            Window = "validation",
            Start = start,
            End = start.AddDays(2),
            Bars = 48,
            Seed = 1,
            EngineVersion = "test",
            InitialCapital = 100_000,
            Commission = 0.0001,
            Slippage = 0.00005,
            Metrics = new BacktestMetrics { Trades = 1, Sharpe = 1.25, NetTStatistic = 0.7 },
            TradeListHash = Hash,
            ProvisionalVerdict = "rejected",
            Trades = [new Trade { Number = 1, Side = "long", Quantity = 2.5, EntryTime = start, EntryPrice = 1.1, ExitTime = start.AddHours(5), ExitPrice = 1.2, BarsHeld = 5, GrossPnl = 0.25, Commission = 0.01, Slippage = 0, Financing = 0.005, NetPnl = 0.235, MaxFavourable = 0.3, MaxAdverse = -0.1, ExitReason = "signal" }],
            Equity = [new EquityPoint(start, 100_000, 0), new EquityPoint(start.AddHours(1), 100_000.1, 0.25)],
            DailyReturns = [new DailyReturn(new DateOnly(2024, 1, 1), 0.001), new DailyReturn(new DateOnly(2024, 1, 2), -0.002)],
        };
    }

    internal static ResultReport Report<T>(T result) => new(KtrdrJson.ToElement(result)) { ResultHash = Hash };

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
