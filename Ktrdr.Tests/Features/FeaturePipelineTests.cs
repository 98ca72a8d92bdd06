using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Strategies;
using Xunit;

namespace Ktrdr.Tests.Features;

public sealed class FeaturePipelineTests
{
    internal const string TwoTimeframes = "timeframes: {mode: multi_timeframe, list: [1h, 4h], base_timeframe: 1h}";

    internal static StrategyDocument Single => StrategyReader.Parse(StrategyTexts.Sound);

    internal static StrategyDocument Multi => StrategyReader.Parse(
        StrategyTexts.With("timeframes: {mode: single, timeframe: 1h}", TwoTimeframes).Replace("timeframes: [1h]", "timeframes: all", StringComparison.Ordinal));

    [Fact]
    public void Build_OneTimeframe_IsEachIndicatorThroughItsMembership()
    {
        var bars = TestBars.Of(Single, 700);

        var features = FeaturePipeline.Build(Single, bars, "1h");

        var rsi = Compute("rsi", bars["1h"], new() { ["period"] = 14 })[0];
        var upper = Compute("bbands", bars["1h"], [])[0];
        Assert.Equal((700, 4), (features.Rows, features.Columns));
        for (var row = 0; row < 700; row++)
        {
            for (var m = 0; m < 3; m++)
            {
                Assert.Equal(Single.FuzzySets[0].Memberships[m].Function.Evaluate(rsi[row]), features.Row(row)[m]);
            }

            Assert.Equal((float)upper[row], features.Row(row)[3]);
        }
    }

    [Fact]
    public void Build_WarmUpAndRequiredHistory_AreNotReady()
    {
        var bars = TestBars.Of(Single, 300);
        var unrestricted = Single with { TrainingData = Single.TrainingData with { HistoryRequired = null } };

        Assert.Equal(100, FeaturePipeline.Build(Single, bars, "1h").FirstReady);
        var features = FeaturePipeline.Build(unrestricted, bars, "1h");
        Assert.Equal(19, features.FirstReady);
        Assert.Equal(19, features.LongestLookBack);
        Assert.DoesNotContain(false, features.IsReady[19..]);
        Assert.Contains(features.Row(18).ToArray(), float.IsNaN);
        Assert.Equal(50, FeaturePipeline.Build(Single, TestBars.Of(Single, 50), "1h").FirstReady);
    }

    [Fact]
    public void Build_WiderTimeframe_IsVisibleOnlyOnceItsBarIsComplete()
    {
        var bars = TestBars.Of(Multi, 600);

        var features = FeaturePipeline.Build(Multi, bars, "1h");

        var upper = Compute("bbands", bars["4h"], [])[0];
        var column = features.Names.ToList().IndexOf("4h_bands.upper_raw");
        for (var row = 0; row < 600; row++)
        {
            // The hour beginning at 03:00 is complete at 04:00, and so is the first four-hour bar.
            var complete = (row + 1) / 4;
            Assert.Equal(complete == 0 ? float.NaN : (float)upper[complete - 1], features.Row(row)[column]);
        }

        Assert.Equal(80, features.LongestLookBack);
    }

    [Fact]
    public void Build_NarrowerTimeframe_ShowsItsLastCompleteBar()
    {
        var document = Multi with { TrainingData = Multi.TrainingData with { BaseTimeframe = "4h" } };
        var bars = TestBars.Of(document, 600);

        var features = FeaturePipeline.Build(document, bars, "4h");

        var upper = Compute("bbands", bars["1h"], [])[0];
        var column = features.Names.ToList().IndexOf("1h_bands.upper_raw");
        Assert.Equal(150, features.Rows);
        Assert.All(Enumerable.Range(0, 150), row => Assert.Equal((float)upper[(row * 4) + 3], features.Row(row)[column]));
    }

    [Fact]
    public void Build_GapInWiderTimeframe_KeepsTheLastCompleteBar()
    {
        var bars = TestBars.Of(Multi, 600);
        var all = bars["4h"];
        int[] kept = [.. Enumerable.Range(0, 150).Where(i => i is < 60 or >= 70)];
        bars["4h"] = new BarSeries("EURUSD", Timeframe.FourHours, Pick(all.Times, kept), Pick(all.Open, kept), Pick(all.High, kept), Pick(all.Low, kept), Pick(all.Close, kept), Pick(all.Volume, kept));

        var features = FeaturePipeline.Build(Multi, bars, "1h");

        var column = features.Names.ToList().IndexOf("4h_bands.upper_raw");
        var before = features.Row((60 * 4) - 1)[column];
        Assert.All(Enumerable.Range(60 * 4, 42), row => Assert.Equal(before, features.Row(row)[column]));
        Assert.NotEqual(before, features.Row((71 * 4) - 1)[column]);
    }

    [Fact]
    public void Build_SameIndicatorUnderTwoIds_IsComputedOncePerTimeframe()
    {
        var text = StrategyTexts.With("  bands:\n", "  again: {type: RSI, source: close}\n  bands:\n").Replace("- raw_indicator: bands.upper", "- raw_indicator: again", StringComparison.Ordinal);
        var document = StrategyReader.Parse(text);
        var computed = new List<string>();

        var features = FeaturePipeline.Build(document, new FeatureInputs(TestBars.Of(document, 200)), "1h", (node, bars) =>
        {
            computed.Add(node.Name);
            return FeaturePipeline.Compute(node, bars);
        });

        Assert.Equal(["rsi_14, again"], computed);
        Assert.Equal("1h_again_raw", features.Names[3]);
    }

    [Fact]
    public void Build_UnfitBars_AreRefusedByName()
    {
        var bars = TestBars.Of(Multi, 400);
        var foreign = TestBars.Random(Timeframe.FourHours, 100, 2, "GBPUSD");
        var trainingOnly = Single with { Deployment = new DeploymentSpec(SymbolScope.TrainingOnly, [], []) };
        var gold = new Dictionary<string, BarSeries> { ["1h"] = TestBars.Random(Timeframe.OneHour, 400, 3, "XAUUSD") };

        AssertRefused("no bars of timeframe 4h", () => FeaturePipeline.Build(Multi, new Dictionary<string, BarSeries> { ["1h"] = bars["1h"] }, "1h"));
        AssertRefused("are of GBPUSD", () => FeaturePipeline.Build(Multi, new Dictionary<string, BarSeries>(bars) { ["4h"] = foreign }, "1h"));
        AssertRefused("the base timeframe is 5m", () => FeaturePipeline.Build(Single, bars, "5m"));
        AssertRefused("of timeframe 4h", () => FeaturePipeline.Build(Single, new Dictionary<string, BarSeries> { ["1h"] = bars["4h"] }, "1h"));
        AssertRefused("allows EURUSD only", () => FeaturePipeline.Build(trainingOnly, gold, "1h"));
        AssertRefused("excludes", () => FeaturePipeline.Build(Single with { Deployment = new DeploymentSpec(SymbolScope.Universal, ["XAUUSD"], []) }, gold, "1h"));
        AssertRefused("target_timeframes", () => FeaturePipeline.Build(Single with { Deployment = new DeploymentSpec(SymbolScope.Universal, [], ["4h"]) }, bars, "1h"));
        Assert.Equal(400, FeaturePipeline.Build(trainingOnly, bars, "1h").Rows);
    }

    [Theory]
    [InlineData(0.0, true)]
    [InlineData(double.NaN, true)]
    [InlineData(12.0, false)]
    public void Build_IndicatorOfAVolumeThatIsNotThere_IsRefusedByName(double volume, bool refused)
    {
        var document = StrategyReader.Parse(StrategyTexts.With("period: 14", "period: 14\n    source: volume"));
        var bars = TestBars.Random(Timeframe.OneHour, 400, 3, "EURUSD");
        var all = new double[bars.Count];
        Array.Fill(all, volume);
        var series = new Dictionary<string, BarSeries>
        {
            ["1h"] = new BarSeries(bars.Symbol, bars.Timeframe, bars.Times.ToArray(), bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), bars.Close.ToArray(), all),
        };

        if (refused)
        {
            AssertRefused("rsi_14 reads the volume", () => FeaturePipeline.Build(document, series, "1h"));
        }
        else
        {
            Assert.Equal(400, FeaturePipeline.Build(document, series, "1h").Rows);
        }
    }

    [Fact]
    public void Coverage_SetWithoutGaps_SeesEveryBar()
    {
        var report = CoverageReport.Of(Multi, new FeatureInputs(TestBars.Of(Multi, 800)), "1h");

        Assert.Equal([("stretch", "1h"), ("stretch", "4h")], report.Sets.Select(s => (s.FuzzySet, s.Timeframe)));
        Assert.Equal((786, 186), (report.Sets[0].Bars, report.Sets[1].Bars));
        Assert.All(report.Sets, s => Assert.Equal(0, s.UncoveredShare));
        Assert.Equal(0, report.AllZeroRows);
    }

    [Fact]
    public void Coverage_GapBetweenMemberships_CountsTheRowsWithNothingButZeros()
    {
        var extremes = Single with
        {
            FuzzySets = [Single.FuzzySets[0] with
            {
                Memberships = [
                    new("low", MembershipCatalog.Create(MembershipKind.Trapezoidal, 0, 0, 30, 40)),
                    new("middle", MembershipCatalog.Create(MembershipKind.Triangular, 38, 39, 40)),
                    new("high", MembershipCatalog.Create(MembershipKind.Trapezoidal, 60, 70, 100, 100))],
            }],
            TrainingData = Single.TrainingData with { HistoryRequired = null },
        };
        var bars = TestBars.Of(Single, 6000);
        var rsi = Compute("rsi", bars["1h"], new() { ["period"] = 14 })[0];
        var complete = Compute("bbands", bars["1h"], [])[0].Select((upper, i) => double.IsFinite(upper) && double.IsFinite(rsi[i])).ToArray();
        var gap = rsi.Where((value, i) => complete[i] && value is >= 40 and <= 60).Count();

        Assert.InRange(gap, 1000, 5000);
        Assert.Equal((double)gap / complete.Count(c => c), CoverageReport.Of(extremes, new FeatureInputs(bars), "1h").AllZeroRows);
    }

    internal static double[][] Compute(string type, BarSeries bars, Dictionary<string, object?> parameters)
    {
        Assert.True(IndicatorCatalog.TryFind(type, out var found));
        return found.Compute(bars, IndicatorSpec.Create("x", type, parameters).Arguments);
    }

    private static T[] Pick<T>(ReadOnlySpan<T> values, int[] rows)
    {
        var picked = new T[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            picked[i] = values[rows[i]];
        }

        return picked;
    }

    private static void AssertRefused(string part, Func<FeatureMatrix> build) => Assert.Contains(part, Assert.Throws<InvalidInputException>(build).Message, StringComparison.Ordinal);
}
