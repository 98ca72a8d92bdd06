using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Indicators;

/// <summary>The output lines of one stretch; an indicator with fewer outputs leaves the later ones empty. A kernel writes every element.</summary>
internal readonly ref struct Lines(Span<double> first, Span<double> second, Span<double> third)
{
    public Span<double> First { get; } = first;

    public Span<double> Second { get; } = second;

    public Span<double> Third { get; } = third;

    public static Lines Of(double[][] outputs, int start, int end) => new(
        outputs[0].AsSpan(start, end - start),
        outputs.Length > 1 ? outputs[1].AsSpan(start, end - start) : default,
        outputs.Length > 2 ? outputs[2].AsSpan(start, end - start) : default);

    public void FillNaN()
    {
        First.Fill(double.NaN);
        Second.Fill(double.NaN);
        Third.Fill(double.NaN);
    }
}

/// <summary>
/// Cuts inputs at NaN, so that kernels see unbroken stretches only: what every indicator does at a gap is decided here, once.
/// Inside a stretch a kernel starts as if it were the beginning of the data.
/// </summary>
internal static class Runs
{
    public delegate void SourceKernel(ReadOnlySpan<double> x, IndicatorArguments arguments, Lines y);

    public delegate void BarKernel(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, IndicatorArguments arguments, Lines y);

    /// <summary>The computation of an indicator that reads one series, chosen by <see cref="PriceSource"/>.</summary>
    public static Action<BarSeries, IndicatorArguments, double[][]> OverSource(SourceKernel kernel) => (bars, arguments, outputs) =>
    {
        var x = PriceSource.Of(bars, arguments);
        var written = 0;
        for (int start = 0, end = 0; Next(x, x, x, ref start, ref end); written = end)
        {
            Lines.Of(outputs, written, start).FillNaN();
            kernel(x[start..end], arguments, Lines.Of(outputs, start, end));
        }

        Lines.Of(outputs, written, bars.Count).FillNaN();
    };

    /// <summary>The computation of an indicator that reads high, low and close; a bar is missing when any of the three is NaN.</summary>
    public static Action<BarSeries, IndicatorArguments, double[][]> OverBars(BarKernel kernel) => (bars, arguments, outputs) =>
    {
        var high = bars.High;
        var low = bars.Low;
        var close = bars.Close;
        var written = 0;
        for (int start = 0, end = 0; Next(high, low, close, ref start, ref end); written = end)
        {
            Lines.Of(outputs, written, start).FillNaN();
            kernel(high[start..end], low[start..end], close[start..end], arguments, Lines.Of(outputs, start, end));
        }

        Lines.Of(outputs, written, bars.Count).FillNaN();
    };

    /// <summary>Finds the next stretch without NaN in any of the inputs at or after <paramref name="end"/>; false when there is none.</summary>
    private static bool Next(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> c, ref int start, ref int end)
    {
        start = end;
        while (start < a.Length && (double.IsNaN(a[start]) || double.IsNaN(b[start]) || double.IsNaN(c[start])))
        {
            start++;
        }

        if (start >= a.Length)
        {
            return false;
        }

        var length = FirstNaN(a[start..]);
        if (b != a)
        {
            length = FirstNaN(b.Slice(start, length));
            length = FirstNaN(c.Slice(start, length));
        }

        end = start + length;
        return true;
    }

    private static int FirstNaN(ReadOnlySpan<double> x)
    {
        // A sum of four vectors is NaN where one of them is (or where infinities meet: then the loop below looks again).
        var blocks = MemoryMarshal.Cast<double, Vector256<double>>(x);
        var i = 0;
        for (; i <= blocks.Length - 4; i += 4)
        {
            var sum = blocks[i] + blocks[i + 1] + (blocks[i + 2] + blocks[i + 3]);
            if (!Vector256.EqualsAll(sum, sum))
            {
                break;
            }
        }

        i *= Vector256<double>.Count;
        while (i < x.Length && !double.IsNaN(x[i]))
        {
            i++;
        }

        return i;
    }
}
