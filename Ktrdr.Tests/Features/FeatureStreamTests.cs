using Ktrdr.Engine.Features;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Strategies;
using Xunit;

namespace Ktrdr.Tests.Features;

/// <summary>Rows are the same bits however they are made.</summary>
public sealed class FeatureStreamTests
{
    public static TheoryData<string, int> Cases => new() { { "single", 1 }, { "single", 7 }, { "multi", 1 }, { "multi", 24 }, { "context", 5 }, { "tsk", 1 } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForEachTile_AnyStart_GivesTheRowsOfTheMatrix(string kind, int sequence)
    {
        var (document, inputs) = Case(kind, 10_000);
        var raw = FeaturePipeline.Build(document, inputs, "1h");
        var normalization = Normalization.Fit(raw, document, [.. Enumerable.Range(0, 5000)]);
        var matrix = normalization.Apply(raw);
        var stream = FeatureStream.Open(document, inputs, "1h", normalization, new IndicatorMemory());

        foreach (var (start, end) in ((int, int)[])[(0, 10_000), (3, 50), (4321, 9876)])
        {
            var ready = new bool[stream.Rows];
            var seen = new List<int>();
            stream.ForEachTile(start, end, sequence, ready, (rows, first, count, bar) =>
            {
                Assert.Equal(sequence - 1, first);
                Assert.Equal(Bits(matrix.Values.AsSpan((bar - first) * matrix.Columns, (first + count) * matrix.Columns)), Bits(rows));
                seen.AddRange(Enumerable.Range(bar, count));
            });

            var from = Math.Max(start, sequence - 1);
            Assert.Equal(Enumerable.Range(from, end - from), seen);
            Assert.Equal(matrix.IsReady[(from - sequence + 1)..end], ready[(from - sequence + 1)..end]);
            Assert.Equal(matrix.WindowReady(sequence)[from..end].AsSpan(Math.Min(sequence, end - from)).ToArray(), FeatureMatrix.WindowReady(ready, stream.StartsRun, sequence)[from..end].AsSpan(Math.Min(sequence, end - from)).ToArray());
        }

        Assert.Equal(matrix.Names, stream.Names);
        Assert.Equal(matrix.LongestLookBack, stream.LongestLookBack);
    }

    /// <summary>Training sees a longer series than the day on which the model is used, and other ones around it.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void TrainAndServe_SameRange_AreTheSameBits(string kind, int sequence)
    {
        var (document, inputs) = Case(kind, 2000);
        var trained = FeaturePipeline.Build(document, inputs, "1h", new IndicatorMemory());
        var normalization = Normalization.Fit(trained, document, [.. Enumerable.Range(0, 1500)]);
        var expected = normalization.Apply(trained);
        foreach (var last in (int[])[700, 1201, 1999])
        {
            var now = inputs.Bars["1h"].AvailableAt(last);
            var known = inputs.Map(b => b.Slice(0, FeatureInputs.KnownAt(b, now)));
            var served = FeatureStream.Open(document, known, "1h", normalization);
            var ready = new bool[served.Rows];
            served.ForEachTile(last, last + 1, sequence, ready, (rows, _, _, _) =>
                Assert.Equal(Bits(expected.Values.AsSpan((last - sequence + 1) * expected.Columns, sequence * expected.Columns)), Bits(rows)));
            Assert.Equal(expected.WindowReady(sequence)[last], FeatureMatrix.WindowReady(ready, served.StartsRun, sequence)[last]);
        }
    }

    [Fact]
    public void IndicatorMemory_TwoVariants_ComputeASharedIndicatorOnce()
    {
        var (document, inputs) = Case("multi", 900);
        var memory = new IndicatorMemory();
        var first = FeaturePipeline.Build(document, inputs, "1h", memory);
        Assert.Equal(4, memory.Computed);

        var other = document with { Inputs = [document.Inputs[0]] };
        FeaturePipeline.Build(other, inputs, "1h", memory);
        var again = FeaturePipeline.Build(document, inputs.Map(b => b.Slice(0, b.Count)), "1h", memory);

        Assert.Equal(4, memory.Computed);
        Assert.Equal(Bits(first.Values), Bits(again.Values));
        Assert.Equal(8L * ((900 * 4) + (225 * 4)), memory.Bytes);
        var little = new IndicatorMemory(maxBytes: 100);
        Assert.Equal(Bits(first.Values), Bits(FeaturePipeline.Build(document, inputs, "1h", little).Values));
        Assert.Equal(0, little.Bytes);
    }

    [Fact]
    public void Open_ThirtyFeatures_NeedFewBytesPerBar()
    {
        var (document, inputs) = Thirty(200_000);
        FeatureStream.Open(document, inputs, "1h").Fill(0, new float[30 * 512], new bool[512]);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var stream = FeatureStream.Open(document, inputs, "1h");
        var ready = new bool[stream.Rows];
        stream.ForEachTile(0, stream.Rows, 1, ready, (_, _, _, _) => { });
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)stream.Rows;

        Assert.Equal(30, stream.Columns);
        Assert.InRange(bytes, 1, 130);
        GC.KeepAlive(stream);
    }

    /// <summary>Memory that was handed back is used by others.</summary>
    [Fact]
    public void Fill_AfterDispose_Throws()
    {
        var (document, inputs) = Case("single", 900);
        var stream = FeatureStream.Open(document, inputs, "1h");
        stream.Dispose();

        Assert.Throws<ObjectDisposedException>(() => stream.Fill(0, new float[stream.Columns], new bool[1]));
    }

    [Theory]
    [InlineData("single")]
    [InlineData("multi")]
    [InlineData("context")]
    public void Open_InBorrowedMemory_GivesTheBitsOfFreshMemory(string kind)
    {
        var (document, inputs) = Case(kind, 3_000);
        var fresh = FeaturePipeline.Build(document, inputs, "1h", FeaturePipeline.Compute);
        for (var again = 0; again < 3; again++)
        {
            var borrowed = FeaturePipeline.Build(document, inputs, "1h");
            Assert.Equal(Bits(fresh.Values), Bits(borrowed.Values));
            Assert.Equal(fresh.IsReady, borrowed.IsReady);
        }
    }

    [Fact]
    public void Tsk_FuzzySets_GiveTheValuesBehindThemOnceAndScaled()
    {
        var (document, inputs) = Case("tsk", 900);
        var features = FeaturePipeline.Build(document, inputs, "1h");

        Assert.Equal(["1h_rsi_14_raw", "4h_rsi_14_raw", "1h_bands.upper_raw", "4h_bands.upper_raw"], features.Names);
        Assert.Equal(FeatureNames.Of(document), features.Names);
        Assert.Equal(4, Normalization.Fit(features, document, [.. Enumerable.Range(0, 900)]).Scales.Count);
        var rsi = FeaturePipelineTests.Compute("rsi", inputs.Bars["1h"], new() { ["period"] = 14 })[0];
        Assert.Equal((float)rsi[500], features.Row(500)[0]);
    }

    /// <summary>Ten fuzzy sets of three memberships over ten indicators.</summary>
    private static (StrategyDocument, FeatureInputs) Thirty(int count)
    {
        var single = FeaturePipelineTests.Single;
        var indicators = Enumerable.Range(0, 10).Select(i => IndicatorSpec.Create($"rsi_{i}", "rsi", new Dictionary<string, object?> { ["period"] = 5 + i })).ToArray();
        var document = single with
        {
            Indicators = indicators.ToSequence(),
            FuzzySets = indicators.Select(i => single.FuzzySets[0] with { Id = $"set_{i.Id}", Indicator = new IndicatorRef(i.Id, null) }).ToSequence(),
            Inputs = indicators.Select(i => new NnInput($"set_{i.Id}", null, ["1h"])).ToSequence(),
        };
        return (document, new FeatureInputs(new Dictionary<string, BarSeries> { ["1h"] = TestBars.Random(Timeframe.OneHour, count, 5) }));
    }

    internal static (StrategyDocument Document, FeatureInputs Inputs) Case(string kind, int count)
    {
        var document = kind == "single" ? FeaturePipelineTests.Single : FeaturePipelineTests.Multi;
        var inputs = new FeatureInputs(TestBars.Of(document, count));
        return kind switch
        {
            "tsk" => (document with
            {
                Model = new ModelSpec { Kind = ModelKind.Tsk },
                FuzzySets = [.. document.FuzzySets, document.FuzzySets[0] with { Id = "again" }],
                Inputs = [document.Inputs[0], new NnInput("again", null, document.Inputs[0].Timeframes), document.Inputs[1]],
            }, inputs),
            "context" => (document with { Indicators = document.Indicators.Select(i => i.Id == "bands" ? i with { DataSource = "other" } : i).ToSequence() }, inputs with
            {
                Context = new Dictionary<string, BarSeries> { ["other"] = TestBars.Random(Timeframe.OneHour, count, 9, "USDCAD").With(MarketCalendar.None, 5_000_000) },
            }),
            _ => (document, inputs),
        };
    }

    private static int[] Bits(ReadOnlySpan<float> values)
    {
        var bits = new int[values.Length];
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] = BitConverter.SingleToInt32Bits(values[i]);
        }

        return bits;
    }
}
