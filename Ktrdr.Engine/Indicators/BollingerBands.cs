using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Bollinger bands (Bollinger on Bollinger Bands, 2001): mean ± multiplier × population standard deviation of the window.</summary>
internal static class BollingerBands
{
    public static IndicatorType Type { get; } = new(
        "bollingerbands",
        ["bbands", "bollinger"],
        "volatility",
        "Simple mean (middle) and multiplier population standard deviations above (upper) and below it (lower), in the unit of its source.",
        [
            IndicatorParameter.Integer("period", 20, 2, 500, "window in bars"),
            IndicatorParameter.Number("multiplier", 2.0, 0.1, 10.0, "standard deviations between middle and band"),
            PriceSource.Parameter,
        ],
        ["upper", "middle", "lower"],
        a => a.Int("period") - 1,
        Runs.OverSource(Compute));

    private static void Compute(ReadOnlySpan<double> x, IndicatorArguments arguments, Lines y)
    {
        var period = arguments.Int("period");
        var multiplier = arguments.Number("multiplier");
        RollingWindow.Mean(x, period, y.Second);
        var undefined = Math.Min(period - 1, x.Length);
        y.First[..undefined].Fill(double.NaN);
        y.Third[..undefined].Fill(double.NaN);
        Bands(x, period, multiplier, y.First[undefined..], y.Second[undefined..], y.Third[undefined..]);
    }

    /// <summary>
    /// Two passes over each window (deviations from its own mean), eight windows at a time, four to a vector: nothing drifts or cancels, whatever came before.
    /// <paramref name="x"/>[i .. i + period) is the window of element i of the bands.
    /// </summary>
    private static void Bands(ReadOnlySpan<double> x, int period, double multiplier, Span<double> upper, ReadOnlySpan<double> middle, Span<double> lower)
    {
        const int lanes = 4;
        var share = 1.0 / period;
        var i = 0;
        ref var values = ref MemoryMarshal.GetReference(x);
        ref var means = ref MemoryMarshal.GetReference(middle);
        ref var uppers = ref MemoryMarshal.GetReference(upper);
        ref var lowers = ref MemoryMarshal.GetReference(lower);
        for (; i <= upper.Length - 2 * lanes; i += 2 * lanes)
        {
            var meanA = Vector256.LoadUnsafe(ref means, (nuint)i);
            var meanB = Vector256.LoadUnsafe(ref means, (nuint)(i + lanes));
            var squaresA = Vector256<double>.Zero;
            var squaresB = Vector256<double>.Zero;
            ref var window = ref Unsafe.Add(ref values, i);
            for (var k = 0; k < period; k++)
            {
                var a = Vector256.LoadUnsafe(ref window, (nuint)k) - meanA;
                var b = Vector256.LoadUnsafe(ref window, (nuint)(k + lanes)) - meanB;
                squaresA = Vector256.FusedMultiplyAdd(a, a, squaresA);
                squaresB = Vector256.FusedMultiplyAdd(b, b, squaresB);
            }

            var widthA = Vector256.Sqrt(squaresA * share) * multiplier;
            var widthB = Vector256.Sqrt(squaresB * share) * multiplier;
            (meanA + widthA).StoreUnsafe(ref uppers, (nuint)i);
            (meanB + widthB).StoreUnsafe(ref uppers, (nuint)(i + lanes));
            (meanA - widthA).StoreUnsafe(ref lowers, (nuint)i);
            (meanB - widthB).StoreUnsafe(ref lowers, (nuint)(i + lanes));
        }

        for (; i < upper.Length; i++)
        {
            var squares = 0.0;
            foreach (var value in x.Slice(i, period))
            {
                var deviation = value - middle[i];
                squares = Math.FusedMultiplyAdd(deviation, deviation, squares);
            }

            var width = Math.Sqrt(squares * share) * multiplier;
            upper[i] = middle[i] + width;
            lower[i] = middle[i] - width;
        }
    }
}
