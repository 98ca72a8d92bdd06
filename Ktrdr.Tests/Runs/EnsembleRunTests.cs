using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Backtesting;
using Xunit;

namespace Ktrdr.Tests.Runs;

/// <summary>Ensembles of really trained models.</summary>
public sealed class EnsembleRunTests : IClassFixture<EnsembleRunTests.Models>
{
    private const int Bars = 4_000;
    private const int Start = 2_600;

    private readonly Models _models;

    public EnsembleRunTests(Models models) => _models = models;

    /// <summary>Trained once for the class.</summary>
    public sealed class Models
    {
        private static readonly BarSeries Regimes = SyntheticMarket.Regimes(11, Bars, "SYNTH");

        public Models()
        {
            Market = new MarketView(Regimes);
            var end = Regimes.Times[2_000];
            Gate = Trainings.Train(RunDocuments.Parse(RunDocuments.Gate), Market, end);
            Swing = Trainings.Train(RunDocuments.Parse(RunDocuments.Trend), Market, end, 3, 1, 2);
            Other = Trainings.Train(RunDocuments.Parse(RunDocuments.Trend) with { Name = "other" }, Market, end, 9);
            Day = Trainings.Train(RunDocuments.Parse(RunDocuments.Day), new MarketView(Resampler.Resample(Regimes, Timeframe.OneDay).Bars), end);
        }

        internal MarketView Market { get; }
        internal TrainedStrategy Gate { get; }
        internal TrainedStrategy Swing { get; }
        internal TrainedStrategy Other { get; }
        internal TrainedStrategy Day { get; }

        internal IReadOnlyDictionary<string, TrainedStrategy> All => new Dictionary<string, TrainedStrategy> { ["gate"] = Gate, ["swing"] = Swing, ["other"] = Other, ["day"] = Day };
    }

    [Theory]
    [InlineData("close_and_switch")]
    [InlineData("let_run")]
    public void Of_EveryRuleNamesOneMember_GivesExactlyItsTrades(string transition)
    {
        var ensemble = Ensemble("swing", "swing", "swing", "swing", transition: transition);

        var alone = BacktestRun.Of(_models.Swing, _models.Market, _models.Market.Primary.Times[Start], BacktestOptions.From(_models.Swing.Strategy));
        var routed = EnsembleRun.Of(ensemble, _models.Market, _models.Market.Primary.Times[Start], ensemble.Options());

        Assert.True(alone.Headline.Result.Trades.Count > 20, $"{alone.Headline.Result.Trades.Count} trades");
        Assert.Equal(alone.Headline.Result.TradeListHash, routed.Headline.Result.TradeListHash);
        Assert.Equal(alone.Headline.Result.Equity, routed.Headline.Result.Equity);
        Assert.Equal(alone.Daily.Returns, routed.Daily.Returns);
        Assert.Equal(alone.DailyAtCosts(3).Returns, routed.DailyAtCosts(3).Returns);
        Assert.All(routed.Headline.Result.Trades, t => Assert.Equal("swing", t.EntryReason.Member));
    }

    [Fact]
    public void Of_MembersWithSeveralSeeds_RunsEachAndIsJudgedByAllOfThem()
    {
        // The gate has one seed, swing three, other one: three runs.
        var ensemble = Ensemble("swing", "other", "swing", "other");
        var run = Run(ensemble);

        Assert.Equal(_models.Swing.PrimarySeed.Seed, ensemble.Seeds[0]);
        Assert.Equal([1UL, 2UL, 3UL], ensemble.Seeds.Order());
        Assert.Equal(ensemble.Seeds, run.Seeds.Select(s => s.Seed));
        Assert.Equal(3, run.Seeds.Select(s => s.Result.TradeListHash).Distinct().Count());
        Assert.Equal(3, run.SeedParts.Count);
        Assert.Equal(DailyReturns.Average([.. run.Seeds.Select(s => s.Result.Daily)]).Returns, run.Daily.Returns);
        for (var i = 0; i < 3; i++)
        {
            var member = _models.Swing with { Seeds = [_models.Swing.Seeds.Single(s => s.Seed == ensemble.Seeds[i])] };
            var single = new TrainedEnsemble(ensemble.Document, new Dictionary<string, TrainedStrategy>(_models.All) { ["swing"] = member });
            Assert.Equal(Run(single).Headline.Result.TradeListHash, run.Seeds[i].Result.TradeListHash);
        }
    }

    [Fact]
    public void Of_StabilityLongerThanTheWindow_IsRefusedByName()
    {
        var window = _models.Market.Primary.Count - Start;
        var document = Document("swing", "other", null, "other");
        TrainedEnsemble Of(int bars) => new(document with { Composition = document.Composition with { StabilityBars = bars } }, _models.All);

        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => Run(Of(window))).Problems);

        Assert.Equal(("composition.stability_bars", $"{window}"), (problem.Path, problem.Value));
        Assert.Contains($"fewer than the {window} bars", problem.Message, StringComparison.Ordinal);
        Run(Of(window - 1));
    }

    [Fact]
    public void Of_TwoMembers_TradesEachOnlyInItsRegimes()
    {
        var run = Run(Ensemble("swing", "other", null, "other"));
        var trades = run.Headline.Result.Trades;

        Assert.NotEmpty(trades);
        Assert.All(trades, t => Assert.Equal(t.EntryReason.Regime == Regime.TrendingUp ? "swing" : "other", t.EntryReason.Member));
        Assert.DoesNotContain(trades, t => t.EntryReason.Regime == Regime.Ranging);
        Assert.True(run.Headline.Result.Decisions.RegimeFlat > 0);
    }

    [Fact]
    public void Of_DailyContext_MovesThresholdsByWhatTheLastCompleteDaySaid()
    {
        var without = Run(Ensemble("swing", "swing", "swing", "swing"));
        var with = Run(Ensemble("swing", "swing", "swing", "swing", context: "day", premium: 1));
        var mute = Run(Ensemble("swing", "swing", "swing", "swing", context: "day", discount: 0, premium: 0));

        Assert.NotEqual(without.Headline.Result.TradeListHash, with.Headline.Result.TradeListHash);
        Assert.Equal(without.Headline.Result.TradeListHash, mute.Headline.Result.TradeListHash);
    }

    [Fact]
    public void Prove_EveryNodeOfEveryMember_HasNoLeak()
    {
        var ensemble = Ensemble("swing", "other", null, "swing", context: "day", transition: "let_run");

        Assert.Empty(RunProof.Of(ensemble, Run(ensemble), cutPoints: 6, seed: 1).Leaks);
    }

    [Fact]
    public void Prove_RunOfAnotherRouting_NamesTheAnswers()
    {
        var other = Run(Ensemble("other", "swing", null, "swing", context: "day", transition: "let_run"));

        var leaks = RunProof.Of(Ensemble("swing", "other", null, "swing", context: "day", transition: "let_run"), other, cutPoints: 6, seed: 1).Leaks;

        Assert.NotEmpty(leaks);
        Assert.All(leaks, l => Assert.Equal((LeakKind.Decision, "answers"), (l.Kind, l.Node)));
    }

    [Fact]
    public void Prove_ContextThatSeesTheDayBeforeItEnds_NamesTheDecision()
    {
        var ensemble = Ensemble("swing", "swing", "swing", "swing", context: "day", premium: 1);
        var timeframe = ensemble.BaseTimeframe;
        var inputs = new FeatureInputs(new Dictionary<string, BarSeries> { [timeframe] = _models.Market.Primary });

        // The defect of the original: a day's bar is seen from its first hour on.
        static int[] AtOpen(BarSeries bars, BarSeries days) => [.. Enumerable.Range(0, bars.Count).Select(i => days.LowerBound(bars.Times[i] + 1) - 1)];
        IReadOnlyList<Leak> Leaks(Func<BarSeries, BarSeries, int[]>? align) => PerturbationProof.Check(
            inputs, timeframe, PerturbationProof.SampleCutPoints(Start, Bars, 12, 3), 3, given => RunProof.Nodes(ensemble, given, Start, ensemble.Options(), align));

        Assert.Empty(Leaks(null));
        Assert.Contains(Leaks(AtOpen), l => l.Kind is LeakKind.Decision or LeakKind.Fill && l.Timeframe == timeframe);
    }

    [Fact]
    public void Prove_MembersNodes_AreNamedByMember()
    {
        var ensemble = Ensemble("swing", "swing", null, null, context: "day");
        var names = RunProof.Nodes(ensemble, new FeatureInputs(new Dictionary<string, BarSeries> { ["1h"] = _models.Market.Primary }), Start, ensemble.Options()).Select(n => n.Name).ToList();

        Assert.Contains("gate.adx_14", names);
        Assert.Contains("day.1d_drift_up", names);
        Assert.Equal(["decision", "fill"], names.TakeLast(2));
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void New_MembersThatDoNotFit_AreAllNamed()
    {
        var document = Document("swing", "other", null, null, context: "day");
        var members = new Dictionary<string, TrainedStrategy>(_models.All)
        {
            ["gate"] = _models.Swing,
            ["day"] = _models.Gate,
        };
        members.Remove("other");

        var refused = Assert.Throws<InvalidInputException>(() => new TrainedEnsemble(document, members));

        Assert.Equal(["models.gate", "models.other", "models.day"], refused.Problems.Select(p => p.Path));
    }

    [Theory]
    [InlineData("sizing")]
    [InlineData("exits")]
    [InlineData("costs")]
    [InlineData("allow_reversal")]
    public void New_RoutedMembersThatAskForTwoAccounts_AreRefused(string part)
    {
        var strategy = _models.Other.Strategy;
        strategy = part switch
        {
            "sizing" => strategy with { Sizing = new SizingSpec(SizingKind.Units, 3) },
            "exits" => strategy with { Exits = new ExitSpec(Stop: new ExitLevel(ExitUnit.Percent, 0.01)) },
            "costs" => strategy with { Costs = strategy.Costs! with { Slippage = 0.01 } },
            _ => strategy with { Decisions = strategy.Decisions with { AllowReversal = true } },
        };
        var members = new Dictionary<string, TrainedStrategy>(_models.All) { ["other"] = _models.Other with { Strategy = strategy } };

        var refused = Assert.Throws<InvalidInputException>(() => new TrainedEnsemble(Document("swing", "other", null, null), members));

        Assert.Equal("different_account", Assert.Single(refused.Problems).Code);
        Assert.Contains(part, refused.Message, StringComparison.Ordinal);
        Assert.NotNull(new TrainedEnsemble(Document("swing", "swing", null, null), members));
    }

    [Fact]
    public void New_MemberOfAnotherSymbolOrTimeframe_IsRefused()
    {
        var data = _models.Other.Strategy.TrainingData;
        TrainedStrategy With(TrainingDataSpec other) => _models.Other with { Strategy = _models.Other.Strategy with { TrainingData = other } };
        Problem Refused(TrainedStrategy other) => Assert.Single(Assert.Throws<InvalidInputException>(
            () => new TrainedEnsemble(Document("swing", "other", null, null), new Dictionary<string, TrainedStrategy>(_models.All) { ["other"] = other })).Problems);

        Assert.Equal("wrong_symbol", Refused(With(data with { Symbols = ["ELSE"] })).Code);
        Assert.Equal("wrong_timeframe", Refused(With(data with { BaseTimeframe = "4h" })).Code);
    }

    [Fact]
    public void Hash_ByStrategies_DependsOnMembersAndNotOnHowTheyAreNamed()
    {
        var document = Document("swing", "other", null, null);
        var renamed = document with { Models = document.Models.Select(m => m with { ModelPath = $"mdl_{m.Id}" }).ToSequence() };
        string Hash(EnsembleDocument ensemble, string other) => EnsembleWriter.Hash(ensemble, id => id == "other" ? other : id);

        Assert.Equal(Hash(document, "a"), Hash(renamed, "a"));
        Assert.NotEqual(Hash(document, "a"), Hash(document, "b"));
        Assert.NotEqual(Hash(document, "a"), Hash(Document("other", "swing", null, null), "a"));
    }

    private BacktestRun Run(TrainedEnsemble ensemble) => EnsembleRun.Of(ensemble, _models.Market, _models.Market.Primary.Times[Start], ensemble.Options());

    private TrainedEnsemble Ensemble(string? up, string? down, string? ranging, string? @volatile, string? context = null, string transition = "close_and_switch", double discount = 0.2, double premium = 0.3) =>
        new(Document(up, down, ranging, @volatile, context, transition, discount, premium), _models.All);

    private static EnsembleDocument Document(
        string? up, string? down, string? ranging, string? @volatile, string? context = null, string transition = "close_and_switch", double discount = 0.2, double premium = 0.3)
    {
        static string Rule(string? member) => member is null ? "{action: FLAT}" : $"{{model: {member}}}";
        var day = context is null ? "" : "\n  day: {model_path: small_day, output_type: context_classification}";
        var gate = context is null ? "" : FormattableString.Invariant($"\n  context_gate: day\n  context_modifiers: {{aligned_discount: {discount}, counter_premium: {premium}}}");
        return EnsembleReader.Parse($$"""
            name: small_router
            models:
              gate: {model_path: small_gate, output_type: regime_classification}
              swing: {model_path: small_reversion, output_type: classification}
              other: {model_path: other, output_type: classification}{{day}}
            composition:
              type: regime_route
              gate_model: gate{{gate}}
              regime_threshold: 0.3
              stability_bars: 2
              allow_short_from_flat: true
              on_regime_transition: {{transition}}
              rules: {trending_up: {{Rule(up)}}, trending_down: {{Rule(down)}}, ranging: {{Rule(ranging)}}, volatile: {{Rule(@volatile)}}}
            """);
    }
}
