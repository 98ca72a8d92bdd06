using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Features;

public sealed class PerturbationProofTests
{
    public static TheoryData<string> Files => ExampleStrategiesTests.Files;

    [Theory]
    [MemberData(nameof(Files))]
    public void Check_ExampleStrategy_HasNoLeak(string file)
    {
        var document = StrategyReader.Parse(File.ReadAllText(Path.Combine(Repository.Root, "strategies", file)));
        var inputs = new FeatureInputs(TestBars.Of(document, 900)) { Context = TestBars.ContextOf(document) };

        var leaks = PerturbationProof.Check(inputs, document.TrainingData.BaseTimeframe, PerturbationProof.SampleCutPoints(900, 6, 5), 7, new StrategyProof(document, document.TrainingData.BaseTimeframe).Nodes);

        Assert.Empty(leaks);
    }

    [Fact]
    public void Check_IndicatorThatReadsTheNextBar_IsNamed()
    {
        var bars = TestBars.Of(FeaturePipelineTests.Multi, 600);

        var leaks = Planted(FeaturePipelineTests.Multi, bars, [300], (node, series) =>
        {
            var outputs = FeaturePipeline.Compute(node, series);
            if (node.Type.Name == "rsi" && node.Series == "1h")
            {
                for (var i = 0; i + 1 < series.Count; i++)
                {
                    outputs[0][i] = outputs[0][i + 1];
                }
            }

            return outputs;
        });

        var leak = Assert.Single(leaks);
        Assert.Equal(new Leak(LeakKind.Indicator, "rsi_14", "1h", 300, 300), leak);
        Assert.Contains("rsi_14 on 1h looks ahead", leak.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_UnfinishedWiderBar_IsAFutureBarToo()
    {
        // Row 301 begins at an hour 1 mod 4: the four-hour bar 75 around it is not complete, an indicator that shows it early leaks.
        var leaks = Planted(FeaturePipelineTests.Multi, TestBars.Of(FeaturePipelineTests.Multi, 600), [301], (node, series) =>
        {
            var outputs = FeaturePipeline.Compute(node, series);
            if (node.Series == "4h" && node.Type.Name == "rsi")
            {
                outputs[0].AsSpan(1).CopyTo(outputs[0]);
            }

            return outputs;
        });

        Assert.Equal(new Leak(LeakKind.Indicator, "rsi_14", "4h", 74, 301), Assert.Single(leaks));
    }

    [Fact]
    public void Check_IndicatorThatDependsOnTheNumberOfBars_IsNamed()
    {
        var leaks = Planted(FeaturePipelineTests.Single, TestBars.Of(FeaturePipelineTests.Single, 400), [200], (node, series) =>
        {
            var outputs = FeaturePipeline.Compute(node, series);
            for (var i = 0; node.Type.Name == "bollingerbands" && i < series.Count; i++)
            {
                outputs[0][i] += series.Count;
            }

            return outputs;
        });

        Assert.Equal(("bands", LeakKind.Indicator), (Assert.Single(leaks).Node, leaks[0].Kind));
    }

    private static IReadOnlyList<Leak> Planted(StrategyDocument document, IReadOnlyDictionary<string, BarSeries> bars, int[] cutPoints, IndicatorComputation compute) =>
        PerturbationProof.Check(new FeatureInputs(bars), "1h", cutPoints, 1, new StrategyProof(document, "1h") { Compute = compute }.Nodes);

    [Fact]
    public void Check_CutPointOutside_IsRefused() => Assert.Throws<InvalidInputException>(() =>
        PerturbationProof.Check(FeaturePipelineTests.Single, TestBars.Of(FeaturePipelineTests.Single, 100), "1h", [100], 1));

    [Fact]
    public void SampleCutPoints_AreDistinctInsideAndSeeded()
    {
        var points = PerturbationProof.SampleCutPoints(1000, 20, 3);

        Assert.Equal(20, points.Distinct().Count());
        Assert.All(points, p => Assert.InRange(p, 0, 998));
        Assert.Equal(points, PerturbationProof.SampleCutPoints(1000, 20, 3));
        Assert.NotEqual(points, PerturbationProof.SampleCutPoints(1000, 20, 4));
        Assert.Empty(PerturbationProof.SampleCutPoints(1, 5, 3));
    }

    /// <summary>Rows do not depend on what comes later: training and serving see the same bits.</summary>
    [Fact]
    public void Build_Prefix_GivesTheSameRows()
    {
        var bars = TestBars.Of(FeaturePipelineTests.Multi, 700);
        var whole = FeaturePipeline.Build(FeaturePipelineTests.Multi, bars, "1h");

        var prefix = FeaturePipeline.Build(FeaturePipelineTests.Multi, new Dictionary<string, BarSeries> { ["1h"] = bars["1h"].Slice(0, 401), ["4h"] = bars["4h"].Slice(0, 101) }, "1h");

        Assert.Equal(whole.Values.AsSpan(0, prefix.Values.Length).ToArray().Select(BitConverter.SingleToInt32Bits), prefix.Values.Select(BitConverter.SingleToInt32Bits));
    }
}
