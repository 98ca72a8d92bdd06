using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.Indicators;

/// <summary>What must hold for every indicator of the catalog, whatever the numbers.</summary>
public sealed class IndicatorPropertyTests
{
    public static TheoryData<string> Names => [.. IndicatorCatalog.All.Select(t => t.Name)];

    /// <summary>All but those that repaint, which are sparse and change their past by design.</summary>
    public static TheoryData<string> Live => [.. IndicatorCatalog.All.Where(t => !t.Repaints).Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Live))]
    public void Compute_RandomBars_IsDefinedExactlyAfterWarmUp(string name)
    {
        var type = Find(name);
        var warmUp = type.WarmUp(type.Defaults());
        foreach (var count in new[] { warmUp + 1, warmUp + 2, 500, 3_000 })
        {
            var outputs = type.Compute(Candles.Random(7, count), type.Defaults());
            Assert.Equal(type.Outputs.Count, outputs.Length);
            Assert.All(outputs, o => Assert.Equal(count, o.Length));
            Assert.All(Enumerable.Range(warmUp, count - warmUp), i => Assert.All(outputs, o => Assert.True(double.IsFinite(o[i]), $"{name}[{i}] = {o[i]}")));
            Assert.True(warmUp == 0 || outputs.Any(o => double.IsNaN(o[warmUp - 1])), "an output is still undefined just before the warm-up ends");
        }
    }

    [Theory]
    [MemberData(nameof(Live))]
    public void Compute_TooShortInput_IsAllNaN(string name)
    {
        var type = Find(name);
        var warmUp = type.WarmUp(type.Defaults());
        for (var count = 0; count <= warmUp; count++)
        {
            var outputs = type.Compute(Candles.Random(1, count), type.Defaults());
            Assert.Contains(outputs, o => o.All(double.IsNaN));
            Assert.All(outputs, o => Assert.Equal(count, o.Length));
        }
    }

    [Theory]
    [MemberData(nameof(Live))]
    public void Compute_ChangedFuture_LeavesThePastBitForBit(string name)
    {
        var type = Find(name);
        var bars = Candles.Random(11, 2_500);
        var whole = type.Compute(bars, type.Defaults());
        foreach (var last in new[] { 3, 19, 40, 1_023, 1_050, 2_047, 2_400 })
        {
            var changed = type.Compute(Candles.ChangedAfter(bars, last), type.Defaults());
            var prefix = type.Compute(bars.Slice(0, last + 1), type.Defaults());
            for (var o = 0; o < whole.Length; o++)
            {
                for (var i = 0; i <= last; i++)
                {
                    Assert.Equal(BitConverter.DoubleToInt64Bits(whole[o][i]), BitConverter.DoubleToInt64Bits(changed[o][i]));
                    Assert.Equal(BitConverter.DoubleToInt64Bits(whole[o][i]), BitConverter.DoubleToInt64Bits(prefix[o][i]));
                }
            }
        }
    }

    public static TheoryData<string> Windowed => [.. IndicatorCatalog.All.Where(t => t.IsWindowed).Select(t => t.Name)];

    /// <summary>Long series are computed in pieces, short ones at once: a value of the one is that of the other. The cuts are multiples of the blocks that the kernels count in.</summary>
    [Theory]
    [MemberData(nameof(Windowed))]
    public void Compute_LongSeries_IsBitForBitThatOfAnyPartWithItsWindowsInIt(string name)
    {
        const int block = 2_048;
        var type = Find(name);
        var widest = new IndicatorArguments(type.Parameters.Select(p => KeyValuePair.Create(p.Name, p.Kind == ParameterKind.Integer ? (int)p.Max! : p.Default)));
        foreach (var arguments in new[] { type.Defaults(), widest })
        {
            var reach = type.WarmUp(arguments);
            foreach (var bars in new[] { Candles.Random(31, 20_000), Candles.WithGap(Candles.Coarse(32, 20_000), block - 1) })
            {
                var whole = type.Compute(bars, arguments);
                foreach (var from in new[] { 0, block, 4 * block, 7 * block, 8 * block })
                {
                    var part = type.Compute(bars.Slice(from, Math.Min(3 * block, bars.Count - from)), arguments);
                    for (var o = 0; o < whole.Length; o++)
                    {
                        var skipped = from == 0 ? 0 : reach;
                        Assert.Equal(Bits(part[o][skipped..]), Bits(whole[o].AsSpan(from + skipped, part[o].Length - skipped).ToArray()));
                    }
                }
            }
        }

        static long[] Bits(double[] values) => Array.ConvertAll(values, BitConverter.DoubleToInt64Bits);
    }

    [Theory]
    [MemberData(nameof(Live))]
    public void Compute_MissingBar_RestartsAfterIt(string name)
    {
        const int gap = 300;
        var type = Find(name);
        var bars = Candles.Random(5, 700);
        var warmUp = type.WarmUp(type.Defaults());
        var whole = type.Compute(bars, type.Defaults());
        var holed = type.Compute(Candles.WithGap(bars, gap), type.Defaults());
        var fresh = type.Compute(bars.Slice(gap + 1, 700 - gap - 1), type.Defaults());
        for (var o = 0; o < whole.Length; o++)
        {
            Assert.Equal(whole[o][..gap], holed[o][..gap]);
            Assert.True(double.IsNaN(holed[o][gap]));
            Assert.Equal(fresh[o], holed[o][(gap + 1)..]);
            Assert.True(double.IsFinite(holed[o][gap + 1 + warmUp]));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_NothingButMissingBars_IsAllNaN(string name)
    {
        var type = Find(name);
        var outputs = type.Compute(Candles.Constant(double.NaN, 300), type.Defaults());
        Assert.All(outputs, o => Assert.All(o, x => Assert.Equal(double.NaN, x)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Compute_IntoArraysOfTheCaller_WritesEveryElementAndAllocatesNothingForThem(string name)
    {
        var type = Find(name);
        var bars = Candles.Random(13, 900);
        var outputs = type.Outputs.Select(_ => Enumerable.Repeat(12345.678, bars.Count).ToArray()).ToArray();
        type.Compute(bars, type.Defaults(), outputs);
        Assert.Equal(type.Compute(bars, type.Defaults()), outputs);
        Assert.DoesNotContain(outputs, o => o.Contains(12345.678));
        var arguments = type.Defaults();
        var before = GC.GetAllocatedBytesForCurrentThread();
        type.Compute(bars, arguments, outputs);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    [Fact]
    public void ZigZag_Swings_MarksTheirExtremes()
    {
        double[] close = [100, 101, 99, 110, 108, 112, 100, 101, 98, 99, 107, 106];
        var values = Find("zigzag").Compute(Candles.Of(close, close, close, close, close), Find("zigzag").Defaults())[0];
        double[] expected = [double.NaN, double.NaN, 99, double.NaN, double.NaN, 112, double.NaN, double.NaN, 98, double.NaN, 107, double.NaN];
        Assert.Equal(expected, values);
        Assert.True(Find("zigzag").Repaints);
    }

    [Fact]
    public void Rsi_RisingPrices_Is100()
    {
        var close = Enumerable.Range(1, 50).Select(i => (double)i).ToArray();
        var type = Find("rsi");
        var values = type.Compute(Candles.Of(close, close, close, close, close), type.Defaults())[0];
        Assert.All(values.Skip(14), x => Assert.Equal(100.0, x));
    }

    private static IndicatorType Find(string name)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        return type;
    }
}
