using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Features;

/// <summary>A report says what was tried; where nothing was, it says that and not that there is no leak.</summary>
public sealed class LookaheadReportTests
{
    private static readonly CheckedNode[] Nodes = [new(LeakKind.Indicator, "rsi_14", "1h", 600), new(LeakKind.Fill, "fill", "1h", 12)];

    [Fact]
    public void Summary_TriedWithoutALeak_CountsNodesAndCutPointsAndNamesTheSymbols()
    {
        var report = new LookaheadReport([new("EURUSD", [10, 20], null), new("GBPUSD", [30], null)], Nodes, []);

        Assert.Equal("No node sees the future: 2 nodes tried at 3 cut points of EURUSD, GBPUSD.", report.Summary);
        Assert.Equal([10, 20, 30], report.CutPoints);
        Assert.Equal("No node sees the future: 1 node tried at 1 cut point of EURUSD.", new LookaheadReport([new("EURUSD", [10], null)], Nodes[..1], []).Summary);
    }

    [Fact]
    public void Summary_SymbolThatWasNotTried_IsNamedWithTheReason()
    {
        var report = new LookaheadReport([new("EURUSD", [10], null), new("GBPUSD", [], "there is no data of it in 1h")], Nodes, []);

        Assert.Equal("No node sees the future: 2 nodes tried at 1 cut point of EURUSD. Not tried: GBPUSD (there is no data of it in 1h).", report.Summary);
    }

    [Fact]
    public void Summary_NoCutPoint_NeverSaysThatNoNodeSeesTheFuture()
    {
        var report = new LookaheadReport([new("EURUSD", [], "its window is one bar, and nothing comes after it")], Nodes, []);

        Assert.Equal("Nothing could be tried, so that nothing is known of whether a node sees the future: EURUSD (its window is one bar, and nothing comes after it).", report.Summary);
    }

    [Fact]
    public void Summary_Leak_IsCounted()
    {
        var report = new LookaheadReport([new("EURUSD", [10], null)], Nodes, [new Leak(LeakKind.Indicator, "rsi_14", "1h", 9, 10)]);

        Assert.StartsWith("1 look-ahead found: 2 nodes tried", report.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_ManySymbols_NamesSomeAndCountsTheOthers() => Assert.EndsWith(
        "7 cut points of S0, S1, S2, S3, S4 and 2 more.", new LookaheadReport([.. Enumerable.Range(0, 7).Select(i => new TriedSymbol($"S{i}", [i], null))], Nodes, []).Summary, StringComparison.Ordinal);

    [Theory]
    [InlineData(100, "no bar of it lies in the window")]
    [InlineData(99, "its window is one bar, and nothing comes after it")]
    [InlineData(98, "no row of the window before its last has all features at a cut point")]
    public void TriedSymbol_WithoutCutPoints_SaysWhy(int start, string why) => Assert.Equal(why, TriedSymbol.Of(TestBars.Random(Timeframe.OneHour, 100, 1), start, []).NotTried);

    [Fact]
    public void Join_LinksTriedAtOtherCutPoints_CountWhatAllWereTriedAt()
    {
        LookaheadReport Link(params int[] cuts) => new([new("EURUSD", cuts, cuts.Length > 0 ? null : "why")], [], []);

        Assert.Equal([20], LookaheadReport.Join(Link(10, 20), Link(20, 30)).CutPoints);
        Assert.Null(LookaheadReport.Join(Link(10, 20), Link(20, 30)).Symbols[0].NotTried);
        Assert.Equal("why", LookaheadReport.Join(Link(10, 20), Link()).Symbols[0].NotTried);
        Assert.NotNull(LookaheadReport.Join(Link(10), Link(20)).Symbols[0].NotTried);
    }

    [Fact]
    public void OfEach_SeveralSymbols_AreAllTriedAndNamed()
    {
        var report = LookaheadReport.OfEach([Symbol("EURUSD", 1_000), Symbol("GBPUSD", 800), ("AUDUSD", null, "there is no data of it in 1h")]);

        Assert.Empty(report.Leaks);
        Assert.Equal([("EURUSD", 3, null), ("GBPUSD", 3, null), ("AUDUSD", 0, "there is no data of it in 1h")], report.Symbols.Select(s => (s.Symbol, s.CutPoints.Count, s.NotTried)));
        Assert.Equal(report.Nodes.Count / 2, report.Nodes.Count(n => n.Node.StartsWith("GBPUSD.", StringComparison.Ordinal)));
        Assert.All(report.Symbols[1].CutPoints, cut => Assert.InRange(cut, 1, 798));
        Assert.DoesNotContain(report.Nodes, n => n.Node.StartsWith("AUDUSD.", StringComparison.Ordinal));
    }

    [Fact]
    public void OfEach_LeakInTheSecondSymbolAlone_IsNamed()
    {
        // Its four-hour bars are made once, of bars that know how the story goes on.
        var report = LookaheadReport.OfEach([Symbol("EURUSD", 1_000), Symbol("GBPUSD", 1_000, fromTheFuture: true)]);

        Assert.NotEmpty(report.Leaks);
        Assert.All(report.Leaks, l => Assert.True(l is { Kind: LeakKind.Feature or LeakKind.Indicator } && l.Node.StartsWith("GBPUSD.", StringComparison.Ordinal), l.ToString()));
        Assert.StartsWith($"{report.Leaks.Count} look-aheads found", report.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void OfEach_SymbolWithTooFewBars_LeavesTheOthersTried()
    {
        var report = LookaheadReport.OfEach([Symbol("EURUSD", 100), Symbol("GBPUSD", 1_000)]);

        Assert.Equal([0, 3], report.Symbols.Select(s => s.CutPoints.Count));
        Assert.Contains("past the warm-up", report.Symbols[0].NotTried, StringComparison.Ordinal);
    }

    [Fact]
    public void OfEach_NothingCouldBeTried_IsRefusedAndEverySymbolNamed()
    {
        var refused = Assert.Throws<InvalidInputException>(() => LookaheadReport.OfEach([Symbol("EURUSD", 100), ("AUDUSD", null, "there is no data of it in 1h")]));

        var problem = Assert.Single(refused.Problems);
        Assert.Equal("unproven", problem.Code);
        Assert.StartsWith("Nothing could be tried", problem.Message, StringComparison.Ordinal);
        Assert.Matches(@"EURUSD \([^)]*past the warm-up", problem.Message);
        Assert.Contains("AUDUSD (there is no data of it in 1h)", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_CutPoints_AreRowsThatHaveAllFeaturesBefore()
    {
        var bars = TestBars.Random(Timeframe.OneHour, 1_000, 1);
        var inputs = MarketView.Timeframes(FeaturePipelineTests.Multi, bars);
        var ready = FeaturePipeline.Build(FeaturePipelineTests.Multi, inputs, "1h").FirstReady;
        Assert.InRange(ready, 50, 400);

        var report = LookaheadReport.Of(
            FeaturePipelineTests.Multi, bars, new Dictionary<string, BarSeries>(), changed => MarketView.Timeframes(FeaturePipelineTests.Multi, changed), 20, 1);

        Assert.Equal(20, report.CutPoints.Count);
        Assert.All(report.CutPoints, cut => Assert.InRange(cut, ready, 998));
    }

    private static (string, Func<LookaheadReport>?, string?) Symbol(string symbol, int count, bool fromTheFuture = false)
    {
        var bars = TestBars.Random(Timeframe.OneHour, count, 4, symbol);
        var known = MarketView.Timeframes(FeaturePipelineTests.Multi, bars);
        return (symbol, () => LookaheadReport.Of(
            FeaturePipelineTests.Multi, bars, new Dictionary<string, BarSeries>(),
            changed => MarketView.Timeframes(FeaturePipelineTests.Multi, changed).ToDictionary(t => t.Key, t => fromTheFuture && t.Key != "1h" ? Moved(known[t.Key], changed) : t.Value), 3, 5), null);
    }

    /// <summary>Wider bars whose closes are moved by what the last bar of all will be.</summary>
    private static BarSeries Moved(BarSeries wider, BarSeries changed)
    {
        var by = changed.Close[^1];
        double[] Times(ReadOnlySpan<double> values) => [.. values.ToArray().Select(v => v * by)];
        return wider.WithPrices(Times(wider.Open), Times(wider.High), [.. Times(wider.Low).Select(l => l * 0.99)], Times(wider.Close).Select((c, i) => i % 2 == 0 ? c : wider.Low[i] * by).ToArray(), wider.Volume.ToArray());
    }
}
