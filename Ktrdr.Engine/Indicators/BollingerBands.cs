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
    /// Two passes over each window (deviations from its own mean), eight windows at a time: nothing drifts or cancels, whatever came before.
    /// <paramref name="x"/>[i .. i + period) is the window of element i of the bands.
    /// </summary>
    private static void Bands(ReadOnlySpan<double> x, int period, double multiplier, Span<double> upper, ReadOnlySpan<double> middle, Span<double> lower)
    {
        var lanes = Vector512<double>.Count;
        var i = 0;
        for (; i <= upper.Length - 2 * lanes; i += 2 * lanes)
        {
            var meanA = Vector512.Create(middle[i..]);
            var meanB = Vector512.Create(middle[(i + lanes)..]);
            var (squaresA, squaresB) = (Vector512<double>.Zero, Vector512<double>.Zero);
            var window = x.Slice(i, period + 2 * lanes - 1);
            for (var k = 0; k < period; k++)
            {
                var a = Vector512.Create(window.Slice(k, lanes)) - meanA;
                var b = Vector512.Create(window.Slice(k + lanes, lanes)) - meanB;
                squaresA = Vector512.FusedMultiplyAdd(a, a, squaresA);
                squaresB = Vector512.FusedMultiplyAdd(b, b, squaresB);
            }

            var widthA = Vector512.Sqrt(squaresA / Vector512.Create((double)period)) * multiplier;
            var widthB = Vector512.Sqrt(squaresB / Vector512.Create((double)period)) * multiplier;
            (meanA + widthA).CopyTo(upper[i..]);
            (meanB + widthB).CopyTo(upper[(i + lanes)..]);
            (meanA - widthA).CopyTo(lower[i..]);
            (meanB - widthB).CopyTo(lower[(i + lanes)..]);
        }

        for (; i < upper.Length; i++)
        {
            var squares = 0.0;
            foreach (var value in x.Slice(i, period))
            {
                var deviation = value - middle[i];
                squares = Math.FusedMultiplyAdd(deviation, deviation, squares);
            }

            var width = Math.Sqrt(squares / period) * multiplier;
            upper[i] = middle[i] + width;
            lower[i] = middle[i] - width;
        }
    }
}
