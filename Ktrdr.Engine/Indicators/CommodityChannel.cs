using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Commodity channel index (Lambert 1980).</summary>
internal static class CommodityChannel
{
    private const double Constant = 0.015;

    public static IndicatorType Type { get; } = new(
        "cci",
        ["commodity_channel_index"],
        "momentum",
        "Distance of the typical price (high + low + close)/3 from its mean over period bars, in units of 0.015 mean absolute deviations: mostly -100 to 100, 0 for flat prices.",
        [IndicatorParameter.Integer("period", 20, 2, 100, "window in bars")],
        [],
        a => a.Int("period") - 1,
        Runs.OverBars((high, low, close, a, y) => Compute(high, low, close, a.Int("period"), y.First)),
        isWindowed: true);

    private static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, Span<double> y)
    {
        using var scratch = new Scratch(close.Length);
        var typical = scratch.Take(close.Length);
        TypicalPrice.Of(high, low, close, typical);
        RollingWindow.Mean(typical, period, y);
        if (y.Length >= period)
        {
            Deviations(typical, period, y[(period - 1)..]);
        }
    }

    /// <summary>
    /// Eight windows at a time: x[i .. i + period) is the window of y[i], which holds its mean and becomes the index. A deviation of the size of rounding
    /// (as a flat price leaves it) is none.
    /// </summary>
    private static void Deviations(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        const int lanes = 4;
        const double rounding = 1e-14;
        var share = Constant / period;
        var shares = Vector256.Create(share);
        var roundings = Vector256.Create(rounding);
        ref var values = ref MemoryMarshal.GetReference(x);
        ref var results = ref MemoryMarshal.GetReference(y);
        var i = 0;
        for (; i <= y.Length - 2 * lanes; i += 2 * lanes)
        {
            var meanA = Vector256.LoadUnsafe(ref results, (nuint)i);
            var meanB = Vector256.LoadUnsafe(ref results, (nuint)(i + lanes));
            var sumA = Vector256<double>.Zero;
            var sumB = Vector256<double>.Zero;
            ref var window = ref Unsafe.Add(ref values, i);
            for (var k = 0; k < period; k++)
            {
                sumA += Vector256.Abs(Vector256.LoadUnsafe(ref window, (nuint)k) - meanA);
                sumB += Vector256.Abs(Vector256.LoadUnsafe(ref window, (nuint)(k + lanes)) - meanB);
            }

            ref var last = ref Unsafe.Add(ref window, period - 1);
            Index(Vector256.LoadUnsafe(ref last), meanA, sumA * shares, roundings).StoreUnsafe(ref results, (nuint)i);
            Index(Vector256.LoadUnsafe(ref last, lanes), meanB, sumB * shares, roundings).StoreUnsafe(ref results, (nuint)(i + lanes));
        }

        for (; i < y.Length; i++)
        {
            var sum = 0.0;
            foreach (var value in x.Slice(i, period))
            {
                sum += Math.Abs(value - y[i]);
            }

            var unit = sum * share;
            y[i] = unit <= rounding * Math.Abs(y[i]) ? 0.0 : (x[i + period - 1] - y[i]) / unit;
        }
    }

    private static Vector256<double> Index(Vector256<double> value, Vector256<double> mean, Vector256<double> unit, Vector256<double> rounding)
        => Vector256.ConditionalSelect(Vector256.LessThanOrEqual(unit, rounding * Vector256.Abs(mean)), Vector256<double>.Zero, (value - mean) / unit);
}
