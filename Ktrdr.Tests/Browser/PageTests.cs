using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Api;
using Ktrdr.Tests.Api.Research;
using Ktrdr.Tests.Support;
using Microsoft.Playwright;
using Xunit;

namespace Ktrdr.Tests.Browser;

/// <summary>The page in a real browser, over a real Api and database.</summary>
public sealed class PageTests(ApiFixture fixture, Chromium chromium) : IClassFixture<ApiFixture>, IClassFixture<Chromium>
{
    private IKtrdrApi Api => fixture.Api.Researcher;

    [BrowserFact]
    public async Task Page_OverStoredResearch_ShowsTheApisNumbersAndFollowsChanges()
    {
        await using var worker = await FakeWorker.StartAsync(fixture.Api, "page-worker", [WorkerKinds.Backtest, WorkerKinds.Training]);
        var (experiment, strategy) = await StoreAsync(worker);
        await using var watched = await chromium.OpenAsync();
        var page = watched.Page;
        await LogInAsync(page, fixture.Api);

        // The leaderboard, cell by cell.
        var row = Assert.Single(await Api.GetLeaderboardAsync());
        var cells = page.GetByRole(AriaRole.Region, new() { Name = "Leaderboard" }).Locator("tbody tr td");
        await Assertions.Expect(cells.Nth(1)).ToContainTextAsync(row.Strategy!);
        await Assertions.Expect(cells.Nth(2)).ToContainTextAsync(row.Verdict!);
        await Assertions.Expect(cells.Nth(2)).ToContainTextAsync("provisional");
        await Assertions.Expect(page.Locator(".facts-line")).ToContainTextAsync("synthetic");
        double?[] figures = [row.Rank, row.ValidationSharpe, row.DeflatedSharpe, row.TestSharpe, row.TStatistic, row.Trades, row.TrialsCounted];
        Assert.Equal(figures, await Task.WhenAll(new[] { 0, 3, 4, 5, 6, 7, 8 }.Select(i => FigureAsync(cells.Nth(i)))));
        Assert.Contains(null, figures);

        // A change arrives without the page being loaded again.
        await page.EvaluateAsync("window.loadedOnce = true");
        var started = await Api.StartTrainingAsync(new TrainingRequest { Strategy = strategy.Hash });
        var dispatch = await worker.NextAsync();
        await worker.Reports.ReportProgressAsync(started.OperationId, 1, dispatch.AttemptToken, new ProgressReport(new OperationProgress(42, "epoch 5")));
        var link = page.Locator($"a[href='#/operations/{started.OperationId}']").First;
        await Assertions.Expect(link).ToHaveTextAsync("training");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Operations" }).Locator("progress").First).ToHaveAttributeAsync("value", "42");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Workers" }).Locator("tbody tr", new() { HasText = "page-worker" })).ToContainTextAsync("1/1");

        // Its own view, by keyboard, follows it to its end.
        await link.FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        var events = page.GetByRole(AriaRole.Region, new() { Name = "Events" });
        await Assertions.Expect(events).ToContainTextAsync("started");
        await worker.Reports.ReportFailureAsync(started.OperationId, 1, dispatch.AttemptToken, new OperationFailure("bad_rows", "the rows ran out"));
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("the rows ran out");
        await Assertions.Expect(events).ToContainTextAsync("failed");

        // The experiment's story.
        await page.GotoAsync($"{fixture.Api.Url}#/experiments/{experiment.Id}");
        var backtest = await Api.GetBacktestAsync(experiment.BacktestOperationId!);
        var chapter = page.Locator("section", new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = "Backtest on validation" }) });
        Assert.Equal(backtest.Result.Metrics.Sharpe, await FactAsync(chapter, "Sharpe"));
        Assert.Equal(backtest.Result.Metrics.NetTStatistic, await FactAsync(chapter, "t"));
        Assert.Equal(backtest.Result.Metrics.Trades, await FactAsync(chapter, "Trades"));
        Assert.Null(await FactAsync(chapter, "Profit factor"));
        await Assertions.Expect(chapter.Locator("path.curve")).ToHaveCountAsync(1);
        var trade = Assert.Single(await Api.GetBacktestTradesAsync(experiment.BacktestOperationId!));
        await chapter.Locator("summary").ClickAsync();
        var traded = chapter.Locator("tbody tr td");
        Assert.Equal([trade.Quantity, trade.GrossPnl, trade.Commission + trade.Slippage + trade.Financing, trade.NetPnl], await Task.WhenAll(new[] { 7, 8, 9, 10 }.Select(i => FigureAsync(traded.Nth(i)))));

        Assert.True(await page.EvaluateAsync<bool>("window.loadedOnce"));
        Assert.Empty(watched.Errors);
        Assert.All(watched.Asked, asked => Assert.Equal(fixture.Api.Url.Authority, asked.Authority));
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"), "wider than a 1 000 px window");
    }

    [BrowserFact]
    public async Task Page_WithoutASessionOrAfterTheApiStops_SaysSo()
    {
        await using var watched = await chromium.OpenAsync();
        var replica = await fixture.StartReplicaAsync();
        await watched.Page.GotoAsync(replica.Url.ToString());
        await Assertions.Expect(watched.Page.Locator("#login")).ToBeVisibleAsync();
        await Assertions.Expect(watched.Page.Locator("#state")).ToHaveTextAsync("no session");

        await LogInAsync(watched.Page, replica);
        await replica.DisposeAsync();
        await Assertions.Expect(watched.Page.Locator("#state")).ToContainTextAsync("Connection lost");
    }

    private async Task LogInAsync(IPage page, ApiReplica api)
    {
        using var answer = await api.Http(fixture.Secrets.Read(SandboxSecrets.AdminToken)).PostAsync(new Uri("/api/v1/login-links", UriKind.Relative), null);
        await page.GotoAsync((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("url").GetString()!);
        await Assertions.Expect(page.Locator("#state")).ToHaveTextAsync("live");
    }

    /// <summary>The exact value behind a shown number; null where the page says that it is undefined.</summary>
    private static async Task<double?> FigureAsync(ILocator cell)
    {
        var value = await cell.EvaluateAsync<string>("cell => cell.querySelector('data')?.value ?? cell.textContent");
        return value == "–" ? null : double.Parse(value, CultureInfo.InvariantCulture);
    }

    private static Task<double?> FactAsync(ILocator chapter, string name)
        => FigureAsync(chapter.Locator("dl > div").Filter(new() { Has = chapter.Page.GetByText(name, new() { Exact = true }) }).Locator("dd"));

    /// <summary>One backtested experiment of an open campaign, through the Api's own routes.</summary>
    private async Task<(Experiment Experiment, StrategyVersion Strategy)> StoreAsync(FakeWorker worker)
    {
        var bars = SyntheticMarket.Null(11, 3_000, "PAGE");
        await Api.GenerateDataAsync(new GenerateRequest { Symbol = "PAGE", Bars = bars.Count, Seed = 11 });
        await worker.FinishLoadAsync(await worker.NextAsync(), bars);
        var dataset = Assert.Single(await Api.ListDatasetsAsync("PAGE"));

        var yaml = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "strategies", "eurusd_reversion_1h.yaml"));
        var strategy = await Api.SaveStrategyAsync(new StrategyDocumentRequest(yaml.Replace("EURUSD", "PAGE", StringComparison.Ordinal)));
        var campaign = (await Api.StartResearchAsync(new ResearchRequest { Symbol = "PAGE", Timeframe = "1h", Cycles = 1 })).CampaignId;
        var experiment = await Api.CreateExperimentAsync(campaign, new CreateExperimentRequest(1));
        await Api.TransitionExperimentAsync(experiment.Id, new ExperimentTransition { From = ExperimentPhase.Designing, To = ExperimentPhase.Training, StrategyHash = strategy.Hash, StrategyName = strategy.Name, Hypothesis = "extremes revert" });

        var training = await Api.StartTrainingAsync(new TrainingRequest { Strategy = strategy.Hash, Dataset = dataset.Id, Purpose = RunPurposes.Trial, ExperimentId = experiment.Id }, null, null, campaign);
        var trained = await worker.NextAsync();
        await worker.Reports.ReportResultAsync(training.OperationId, 1, trained.AttemptToken, ResearchFlowTests.Report(ResearchFlowTests.Trained(strategy, dataset, await worker.PutAsync(Encoding.UTF8.GetBytes("a model's file")))));
        var model = (await Api.GetOperationAsync(training.OperationId)).Result!.Value.GetProperty("model_id").GetString()!;
        await Api.TransitionExperimentAsync(experiment.Id, new ExperimentTransition { From = ExperimentPhase.Training, To = ExperimentPhase.Backtesting, ModelId = model, TrainingOperationId = training.OperationId });

        var backtest = await Api.StartBacktestAsync(new BacktestRequest { Model = model, Window = "validation", Purpose = RunPurposes.Trial, ExperimentId = experiment.Id }, null, null, campaign);
        var tested = await worker.NextAsync();
        var result = ResearchFlowTests.Backtested(strategy, dataset, model);
        result = result with { Metrics = result.Metrics with { Sharpe = 1.2345678901234567 } };
        await worker.Reports.ReportResultAsync(backtest.OperationId, 1, tested.AttemptToken, ResearchFlowTests.Report(result));
        experiment = await Api.TransitionExperimentAsync(experiment.Id, new ExperimentTransition
        {
            From = ExperimentPhase.Backtesting,
            To = ExperimentPhase.Assessing,
            BacktestOperationId = backtest.OperationId,
            Validation = result.Metrics,
            Verdict = "unproven",
            VerdictReasons = ["not enough evidence"],
        });
        return (experiment, strategy);
    }
}
