using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Strategies;
using Xunit;

namespace Ktrdr.Tests.Features;

public sealed class NormalizationTests
{
    private static readonly int[] TrainRows = [.. Enumerable.Range(0, 400)];

    [Fact]
    public void Fit_ZScore_HasMeanZeroAndSpreadOneOverReadyTrainingRows()
    {
        var document = FeaturePipelineTests.Single;
        var features = FeaturePipeline.Build(document, TestBars.Of(document, 600), "1h");

        var scaled = Normalization.Fit(features, document, TrainRows).Apply(features);

        var column = Column(scaled, 3, 100, 400);
        Assert.Equal(0, column.Average(), 1e-5);
        Assert.Equal(1, column.Select(v => v * v).Average(), 1e-5);
        Assert.Equal(Column(features, 0, 0, 600), Column(scaled, 0, 0, 600));
        Assert.NotSame(features, scaled);
        Assert.Same(features.IsReady, scaled.IsReady);
    }

    [Fact]
    public void Fit_MinMax_MapsTrainingRowsOntoZeroToOneAndDoesNotClipLater()
    {
        var document = StrategyReader.Parse(StrategyTexts.With("normalization: zscore", "normalization: minmax"));
        var features = FeaturePipeline.Build(document, TestBars.Of(document, 2000), "1h");

        var scaled = Normalization.Fit(features, document, TrainRows).Apply(features);

        var training = Column(scaled, 3, 100, 400);
        Assert.Equal(0, training.Min(), 1e-5);
        Assert.Equal(1, training.Max(), 1e-5);
        Assert.Contains(Column(scaled, 3, 400, 2000), v => v is < 0 or > 1);
    }

    [Fact]
    public void Fit_OtherRows_DoNotCount()
    {
        var document = FeaturePipelineTests.Single;
        var bars = TestBars.Of(document, 600);
        var other = TestBars.Of(document, 600, seed: 9);
        var spliced = new Dictionary<string, BarSeries> { ["1h"] = Splice(bars["1h"], other["1h"], 400) };

        var first = Normalization.Fit(FeaturePipeline.Build(document, bars, "1h"), document, TrainRows);
        var second = Normalization.Fit(FeaturePipeline.Build(document, spliced, "1h"), document, TrainRows);

        Assert.Equal(first, second);
        Assert.NotEqual(first, Normalization.Fit(FeaturePipeline.Build(document, spliced, "1h"), document, [.. Enumerable.Range(0, 500)]));
    }

    [Fact]
    public void Fit_ConstantFeature_SaysNothing()
    {
        var document = FeaturePipelineTests.Single;
        double[] flat = [.. Enumerable.Repeat(1.1, 600)];
        var times = TestBars.Random(Timeframe.OneHour, 600, 1).Times.ToArray();
        var features = FeaturePipeline.Build(document, new Dictionary<string, BarSeries> { ["1h"] = new("EURUSD", Timeframe.OneHour, times, flat, flat, flat, flat, flat) }, "1h");

        var scaled = Normalization.Fit(features, document, TrainRows).Apply(features);

        Assert.All(Column(scaled, 3, 100, 600), v => Assert.Equal(0, v));
    }

    [Fact]
    public void Apply_FeatureThatIsNotThere_IsRefused()
    {
        var document = FeaturePipelineTests.Single;
        var features = FeaturePipeline.Build(document, TestBars.Of(document, 300), "1h");
        var foreign = new Normalization([new FeatureScale("4h_other_raw", NormalizationKind.ZScore, 0, 1)]);

        Assert.Contains("4h_other_raw", Assert.Throws<InvalidInputException>(() => foreign.Apply(features)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_NoReadyRow_IsRefused()
    {
        var document = FeaturePipelineTests.Single;
        var features = FeaturePipeline.Build(document, TestBars.Of(document, 300), "1h");

        Assert.Throws<InvalidInputException>(() => Normalization.Fit(features, document, [1, 2, 3]));
    }

    private static float[] Column(FeatureMatrix features, int column, int start, int end) => [.. Enumerable.Range(start, end - start).Select(r => features.Row(r)[column])];

    private static BarSeries Splice(BarSeries a, BarSeries b, int at) => new(
        a.Symbol, a.Timeframe, a.Times.ToArray(), [.. a.Open[..at], .. b.Open[at..]], [.. a.High[..at], .. b.High[at..]], [.. a.Low[..at], .. b.Low[at..]], [.. a.Close[..at], .. b.Close[at..]], [.. a.Volume[..at], .. b.Volume[at..]]);
}
