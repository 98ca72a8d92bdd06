using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

public sealed class RegimeRouterTests
{
    private const int Bars = 500;

    private static readonly DecisionSpec Spec = new() { ConfidenceThreshold = 0.4, MinSignalSeparation = new SignalSeparation(2, SeparationUnit.Bars), AllowShortFromFlat = true };

    private static EnsembleComposition Composition(params RegimeRule[] rules) => new() { GateModel = "gate", Rules = [.. rules], AllowShortFromFlat = true };

    /// <summary>One letter per bar: U up, D down, R ranging, V volatile, ? undecided, - not ready.</summary>
    private static RegimePath Path(string letters, int stability, double threshold = 0.4, int firstBar = 0)
    {
        var probabilities = new float[letters.Length * 4];
        for (var i = 0; i < letters.Length; i++)
        {
            var regime = "UDRV".IndexOf(letters[i], StringComparison.Ordinal);
            for (var k = 0; k < 4; k++)
            {
                probabilities[(i * 4) + k] = regime < 0 ? 0.25f : k == regime ? 0.7f : 0.1f;
            }
        }

        return new RegimePath(probabilities, [.. letters.Select(c => c != '-')], firstBar, threshold, stability);
    }

    private static string Read(RegimePath path) => new([.. Enumerable.Range(0, path.Count).Select(i => path.At(i) is { } r ? "UDRV"[(int)r] : '.')]);

    [Theory]
    [InlineData("UUUU", 3, "UUUU")]
    [InlineData("UDDDD", 3, "UUUDD")]
    [InlineData("UDDUDDD", 3, "UUUUUUD")]
    [InlineData("UDRDRR", 2, "UUUUUR")]
    [InlineData("UDDD", 1, "UDDD")]
    [InlineData("U??U", 1, "UVVU")]
    [InlineData("?UUU", 3, "VVVU")]
    [InlineData("--UD", 1, "..UD")]
    [InlineData("UD-D-D", 3, "UUUUUD")]
    public void Path_Proposals_HoldAfterTheBarsAsked(string proposed, int stability, string confirmed) =>
        Assert.Equal(confirmed, Read(Path(proposed, stability)));

    [Fact]
    public void Path_FirstBar_IsWhereItBegins() => Assert.Equal("..DDD", Read(Path("UUDDD", 3, firstBar: 2)));

    [Fact]
    public void Path_BelowTheThreshold_IsVolatile() => Assert.Equal("VV", Read(Path("UU", 1, threshold: 0.8)));

    [Fact]
    public void Path_OutputNotFinite_NeitherProposesNorBreaksTheRow()
    {
        float[] probabilities = [.. Enumerable.Repeat(new[] { 0.7f, 0.1f, 0.1f, 0.1f }, 3).SelectMany(p => p)];
        probabilities[5] = float.NaN;

        Assert.Equal("UUU", Read(new RegimePath(probabilities, [true, true, true], 0, 0.4, 1)));
    }

    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 20).Select(i => (ulong)i)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_EveryRuleNamesOneMember_GivesExactlyItsTrades(ulong seed)
    {
        var bars = Market.Random(seed, Bars);
        var model = Market.RandomModel(seed, Bars, Spec);
        var regimes = new string([.. Enumerable.Range(0, Bars).Select(i => "UDRV"[(int)(((((ulong)i * 2654435761) + seed) >> 7) % 4)])]);
        var members = new Dictionary<string, ModelDecisions> { ["only"] = model };
        var everywhere = Composition([.. Enum.GetValues<Regime>().Select(r => new RegimeRule(r, "only"))]);
        var one = Composition(new RegimeRule(Regime.Ranging, "only"));
        var options = RandomOptions.Of(seed);

        var alone = Backtester.Run(bars, 40, Bars, model, options);
        foreach (var transition in Enum.GetValues<RegimeTransition>())
        {
            var routed = Backtester.Run(bars, 40, Bars, new RegimeRouter(everywhere with { OnRegimeTransition = transition }, Path(regimes, 2), null, members), options);
            LoopAgreementTests.AssertSame(alone, routed);

            var single = Backtester.Run(bars, 40, Bars, new RegimeRouter(one with { OnRegimeTransition = transition }, Path(new string('R', Bars), 3), null, members), options);
            LoopAgreementTests.AssertSame(alone, single);
        }
    }

    [Fact]
    public void Run_RegimeChanges_CloseAndSwitchClosesAtTheNextOpen()
    {
        var (router, bars) = TwoMembers("UUUUUDDDDD", RegimeTransition.CloseAndSwitch);
        var result = Backtester.Run(bars, 0, 10, router, new BacktestOptions());

        // Bought by the first at bar 1's open. Bar 5 proposes the other regime, bar 6 confirms it; its member sells short one bar later.
        Assert.Equal([(PositionSide.Long, 1, 7, FillReason.CloseSignal), (PositionSide.Short, 8, 9, FillReason.EndOfData)], result.Trades.Select(t => (t.Side, t.EntryBar, t.ExitBar, t.ExitReason)));
        Assert.Equal((1L, 1L, 1L), (result.Decisions.Buy, result.Decisions.Close, result.Decisions.Sell));
        Assert.Equal(("up", Regime.TrendingUp), (result.Trades[0].EntryReason.Member, result.Trades[0].EntryReason.Regime));
        Assert.Equal(("down", Regime.TrendingDown), (result.Trades[1].EntryReason.Member, result.Trades[1].EntryReason.Regime));
    }

    [Fact]
    public void Run_RegimeChanges_LetRunLeavesThePositionToTheMemberThatOpenedIt()
    {
        var (router, bars) = TwoMembers("UUUUUDDDDD", RegimeTransition.LetRun, firstMemberSellsAt: 8);
        var result = Backtester.Run(bars, 0, 10, router, new BacktestOptions { ReverseInOneStep = true });

        var trade = Assert.Single(result.Trades);
        Assert.Equal((PositionSide.Long, 1, 9, FillReason.CloseSignal), (trade.Side, trade.EntryBar, trade.ExitBar, trade.ExitReason));
    }

    [Fact]
    public void Run_RegimeWithoutARule_StaysFlat()
    {
        var bars = Market.Random(1, 10);
        var buys = Constant(10, 0.9f, 0.1f);
        var router = new RegimeRouter(Composition(new RegimeRule(Regime.TrendingUp, "up"), new RegimeRule(Regime.TrendingDown, null)), Path("DDDRRRRR--", 1), null, new Dictionary<string, ModelDecisions> { ["up"] = buys });
        var result = Backtester.Run(bars, 0, 10, router, new BacktestOptions());

        Assert.Empty(result.Trades);
        Assert.Equal(10, result.Decisions.RegimeFlat);
    }

    [Fact]
    public void Run_ShortsOffInTheEnsemble_OverrulesTheMember()
    {
        var bars = Market.Random(1, 10);
        var composition = Composition(new RegimeRule(Regime.TrendingUp, "up")) with { AllowShortFromFlat = false };
        var router = new RegimeRouter(composition, Path("UUUUUUUUUU", 1), null, new Dictionary<string, ModelDecisions> { ["up"] = Constant(10, 0.1f, 0.9f) });

        Assert.Equal(10, Backtester.Run(bars, 0, 10, router, new BacktestOptions()).Decisions.ShortsOff);
    }

    [Fact]
    public void Bias_OncePerDay_MovesTheThresholds()
    {
        // Bias 0.5 at the first hour of the first day, −0.4 at the second hour of the next (its first is not ready); what comes later in a day does not count.
        long[] times = [.. new[] { 0, 1, 24, 25, 26 }.Select(h => Market.Start + (h * Market.Hour))];
        float[] probabilities = [0.6f, 0.1f, 0.3f, 0, 1, 0, 1, 0, 0, 0.2f, 0.6f, 0.2f, 1, 0, 0];
        var bias = new ContextBias(probabilities, [true, true, false, true, true], times, 0, new ContextModifiers(AlignedDiscount: 0.2, CounterPremium: 0.3));

        Assert.Equal([0.5, 0.5, 0.5, -0.4, -0.4], Enumerable.Range(0, 5).Select(i => Math.Round(bias.At(i), 6)));
        Assert.Equal((0.9, 1.15), (Math.Round(bias.Factors(0).Buy, 6), Math.Round(bias.Factors(0).Sell, 6)));
        Assert.Equal((1.12, 0.92), (Math.Round(bias.Factors(4).Buy, 6), Math.Round(bias.Factors(4).Sell, 6)));
    }

    [Theory]
    [InlineData(0.46f, 0.5f, true)]
    [InlineData(0.44f, 0.5f, false)]
    [InlineData(0.55f, -0.5f, false)]
    [InlineData(0.58f, -0.5f, true)]
    public void Run_ContextGate_LowersTheBarWithTheBiasAndRaisesItAgainst(float buy, float bias, bool isTraded)
    {
        // Threshold 0.5: 0.45 where the bias of 0.5 agrees, 0.575 where it does not.
        var bars = Market.Random(1, 4);
        float[] context = [.. Enumerable.Repeat(new[] { bias > 0 ? bias : 0, bias < 0 ? -bias : 0, 0.5f }, 4).SelectMany(p => p)];
        var gate = new ContextBias(context, [true, true, true, true], bars.Times, 0, new ContextModifiers());
        float[] outputs = [.. Enumerable.Repeat(new[] { buy, 0.3f, 0 }, 4).SelectMany(p => p)];
        var member = new ModelDecisions(new DecisionFunction(Spec with { ConfidenceThreshold = 0.5 }), outputs, [true, true, true, true]);
        var router = new RegimeRouter(Composition(new RegimeRule(Regime.TrendingUp, "up")), Path("UUUU", 1), gate, new Dictionary<string, ModelDecisions> { ["up"] = member });

        Assert.Equal(isTraded ? Signal.Buy : Signal.Hold, router.Decide(new DecisionMoment(1, bars.Times[1], PositionSide.Flat, -1, 0)).Signal);
    }

    [Fact]
    public void Decide_RegressionWithFactors_MovesTheEdge()
    {
        var function = new DecisionFunction(new DecisionSpec { OutputFormat = OutputFormat.Regression, AllowShortFromFlat = true, RoundTripCost = 0.002, MinEdgeMultiplier = 2 });
        var now = new DecisionMoment(1, 0, PositionSide.Flat, -1, 0);

        Assert.Equal(Signal.Buy, function.Decide([0.0037f], now, 0.9, 1.1).Signal);
        Assert.Equal(Signal.Hold, function.Decide([-0.0043f], now, 0.9, 1.1).Signal);
        Assert.Equal(Signal.Sell, function.Decide([-0.0045f], now, 0.9, 1.1).Signal);
    }

    [Theory]
    [InlineData(OutputFormat.RegimeClassification)]
    [InlineData(OutputFormat.ContextClassification)]
    public void DecisionFunction_RegimeOrContextModel_NeverTradesByItself(OutputFormat format) =>
        Assert.Equal("never_trades", Assert.Throws<InvalidInputException>(() => new DecisionFunction(new DecisionSpec { OutputFormat = format })).Problems[0].Code);

    [Fact]
    public void Router_WrongEnsemble_NamesEachMistake()
    {
        var members = new Dictionary<string, ModelDecisions> { ["up"] = Constant(5, 1, 0) };
        var composition = Composition(new RegimeRule(Regime.TrendingUp, "up"), new RegimeRule(Regime.Ranging, "down"), new RegimeRule(Regime.Ranging, null));

        var error = Assert.Throws<InvalidInputException>(() => new RegimeRouter(composition, Path("UUU", 1), null, members));

        Assert.Equal(["invalid_outputs", "unknown_member", "duplicate_rule"], error.Problems.Select(p => p.Code));
        Assert.Throws<InvalidInputException>(() => new RegimePath(new float[5], new bool[1], 0, 0.4, 3));
        Assert.Throws<InvalidInputException>(() => new RegimePath(new float[4], new bool[1], 0, 0.4, 0));
        Assert.Throws<InvalidInputException>(() => new ContextBias(new float[4], new bool[1], [0], 0, new ContextModifiers()));
    }

    private static (RegimeRouter Router, Engine.MarketData.BarSeries Bars) TwoMembers(string regimes, RegimeTransition transition, int? firstMemberSellsAt = null)
    {
        var count = regimes.Length;
        var up = Constant(count, 0.9f, 0.1f, sellsAt: firstMemberSellsAt);
        var down = Constant(count, 0.1f, 0.9f);
        var composition = Composition(new RegimeRule(Regime.TrendingUp, "up"), new RegimeRule(Regime.TrendingDown, "down")) with { OnRegimeTransition = transition };
        return (new RegimeRouter(composition, Path(regimes, 2), null, new Dictionary<string, ModelDecisions> { ["up"] = up, ["down"] = down }), Market.Random(3, count));
    }

    private static ModelDecisions Constant(int count, float buy, float sell, int? sellsAt = null)
    {
        float[] outputs = [.. Enumerable.Range(0, count).SelectMany(i => i == sellsAt ? new[] { 0, 0, 1f } : new[] { buy, 0, sell })];
        return new ModelDecisions(new DecisionFunction(Spec with { MinSignalSeparation = new SignalSeparation(0, SeparationUnit.Bars) }), outputs, [.. Enumerable.Repeat(true, count)]);
    }
}
