using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Bollinger bands (Bollinger on Bollinger Bands, 2001): mean ± multiplier × population standard deviation of the window; and their width.</summary>
internal static class BollingerBands
{
    public static IndicatorType Type { get; } = new(
        "bollingerbands",
        ["bbands", "bollinger", "bollinger_bands"],
        "volatility",
        "Simple mean (middle) and multiplier population standard deviations above (upper) and below it (lower), in the unit of its source.",
        Parameters(),
        ["upper", "middle", "lower"],
        a => a.Int("period") - 1,
        Runs.OverSource((x, a, y) => Bands(x, a.Int("period"), a.Number("multiplier"), y.First, y.Second, y.Third)),
        isWindowed: true);

    public static IndicatorType Bandwidth { get; } = new(
        "bollingerbandwidth",
        ["bollinger_bandwidth", "bollinger_band_width", "bandwidth"],
        "volatility",
        "Distance between the Bollinger bands as a share of their middle, (upper − lower)/middle; 0 for flat prices and where the middle is 0.",
        Parameters(),
        [],
        a => a.Int("period") - 1,
        Runs.OverSource((x, a, y) => Width(x, a.Int("period"), a.Number("multiplier"), y.First)),
        isWindowed: true);

    /// <summary>Three different lines; the first period − 1 elements are NaN.</summary>
    internal static void Bands(ReadOnlySpan<double> x, int period, double multiplier, Span<double> upper, Span<double> middle, Span<double> lower)
    {
        RollingDeviation.Compute(x, period, middle, lower);
        Elementwise.Bands(middle, lower, multiplier, upper, lower);
    }

    private static void Width(ReadOnlySpan<double> x, int period, double multiplier, Span<double> y)
    {
        using var scratch = new Scratch(x.Length);
        var mean = scratch.Take(x.Length);
        RollingDeviation.Compute(x, period, mean, y);
        ref var means = ref MemoryMarshal.GetReference(mean);
        ref var target = ref MemoryMarshal.GetReference(y);
        var (zero, doubled) = (Vector256<double>.Zero, Vector256.Create(2.0 * multiplier));
        var i = 0;
        for (; i <= y.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var middle = Vector256.LoadUnsafe(ref means, (nuint)i);
            Vector256.ConditionalSelect(Vector256.Equals(middle, zero), zero, doubled * Vector256.LoadUnsafe(ref target, (nuint)i) / middle).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < y.Length; i++)
        {
            y[i] = mean[i] == 0.0 ? 0.0 : 2.0 * multiplier * y[i] / mean[i];
        }
    }

    private static IReadOnlyList<IndicatorParameter> Parameters() =>
    [
        IndicatorParameter.Integer("period", 20, 2, 200, "window in bars"),
        IndicatorParameter.Number("multiplier", 2.0, 0.001, 10.0, "standard deviations between middle and band"),
        PriceSource.Parameter,
    ];
}
