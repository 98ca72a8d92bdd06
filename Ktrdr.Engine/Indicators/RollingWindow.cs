using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Indicators;

/// <summary>
/// Statistics over a window sliding along a stretch without NaN. Element i of a result covers x[i−period+1 .. i] and is NaN for i &lt; period − 1; results and
/// inputs are different memory. Sums and extremes are built by widening: the statistic of 4w values from four of w values. That is vector code for every
/// window length, it never subtracts (nothing drifts, nothing cancels), and each lane does the same operations whatever the vector width, so the bits are
/// the same everywhere.
/// </summary>
internal static class RollingWindow
{
    /// <summary>Longest window: bounds the scratch on the stack.</summary>
    public const int LongestPeriod = 1000;

    private const int BlockLength = 2048;

    public static void Sum(ReadOnlySpan<double> x, int period, Span<double> y) => Sum(x, period, 1.0, y);

    public static void Mean(ReadOnlySpan<double> x, int period, Span<double> y) => Sum(x, period, period, y);

    public static void Max(ReadOnlySpan<double> x, int period, Span<double> y) => Extreme<Maximum>(x, period, y);

    public static void Min(ReadOnlySpan<double> x, int period, Span<double> y) => Extreme<Minimum>(x, period, y);

    /// <summary>
    /// The linearly weighted mean: weights 1 (oldest) to period (newest), divided by their sum. The weighted sum of 2w values is made of two of w values and a plain sum.
    /// </summary>
    [SkipLocalsInit]
    public static void WeightedMean(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        if (!Begin(x, period, y))
        {
            return;
        }

        const int block = BlockLength / 2;
        var divisor = period * (period + 1.0) / 2.0;
        Span<double> plain = stackalloc double[block + LongestPeriod];
        Span<double> weighted = stackalloc double[block + LongestPeriod];
        for (var first = 0; first + period <= x.Length; first += block)
        {
            var count = Math.Min(block, x.Length - period + 1 - first);
            var length = count + period - 1;
            var total = y.Slice(first + period - 1, count);
            x.Slice(first, length).CopyTo(plain);
            x.Slice(first, length).CopyTo(weighted);
            total.Clear();
            var covered = 0;
            for (var width = 1; ; width *= 2)
            {
                if ((period & width) != 0)
                {
                    WindowPasses.AddWeighted(weighted[covered..], plain[covered..], covered, total);
                    covered += width;
                }

                if (covered == period)
                {
                    break;
                }

                length -= width;
                WindowPasses.WidenWeighted(weighted, plain, width, length);
                WindowPasses.Two<Addition>(plain, width, plain[..length]);
            }

            WindowPasses.Divide(total, divisor);
        }
    }

    /// <summary>Sums of <paramref name="target"/>.Length windows: element i covers source[i .. i + period). <paramref name="window"/> is scratch as long as the source, and may be it.</summary>
    internal static void SumBlock(ReadOnlySpan<double> source, int period, Span<double> window, Span<double> target)
    {
        // The binary digits of the period say which widths make up the window, one after the other.
        var covered = 0;
        for (var width = 1; ; width *= 4)
        {
            var digit = (period / width) & 3;
            if ((digit & 1) != 0)
            {
                WindowPasses.Accumulate(source[covered..], target, fresh: covered == 0);
                covered += width;
            }

            if ((digit & 2) != 0)
            {
                WindowPasses.AccumulatePairs(source[covered..], width, target, fresh: covered == 0);
                covered += 2 * width;
            }

            if (covered == period)
            {
                return;
            }

            var wider = window[..(source.Length - 3 * width)];
            WindowPasses.Four<Addition>(source, width, 2 * width, 3 * width, wider);
            source = wider;
        }
    }

    [SkipLocalsInit]
    private static void Sum(ReadOnlySpan<double> x, int period, double divisor, Span<double> y)
    {
        if (!Begin(x, period, y))
        {
            return;
        }

        Span<double> window = stackalloc double[BlockLength + LongestPeriod];
        for (var first = 0; first + period <= x.Length; first += BlockLength)
        {
            var count = Math.Min(BlockLength, x.Length - period + 1 - first);
            var sums = y.Slice(first + period - 1, count);
            SumBlock(x.Slice(first, count + period - 1), period, window, sums);
            if (divisor != 1.0)
            {
                WindowPasses.Divide(sums, divisor);
            }
        }
    }

    [SkipLocalsInit]
    private static void Extreme<TFold>(ReadOnlySpan<double> x, int period, Span<double> y)
        where TFold : struct, IFold
    {
        if (!Begin(x, period, y))
        {
            return;
        }

        Span<double> window = stackalloc double[BlockLength + LongestPeriod];
        for (var first = 0; first + period <= x.Length; first += BlockLength)
        {
            var count = Math.Min(BlockLength, x.Length - period + 1 - first);
            scoped var source = x.Slice(first, count + period - 1);
            var target = y.Slice(first + period - 1, count);
            var width = 1;
            for (; 4 * width < period; width *= 4)
            {
                var wider = window[..(source.Length - 3 * width)];
                WindowPasses.Four<TFold>(source, width, 2 * width, 3 * width, wider);
                source = wider;
            }

            // Overlapping windows cover any length: an extreme may count a value twice.
            var last = period - width;
            if (last == 0)
            {
                source[..count].CopyTo(target);
            }
            else if (last <= width)
            {
                WindowPasses.Two<TFold>(source, last, target);
            }
            else
            {
                WindowPasses.Four<TFold>(source, width, Math.Min(2 * width, last), last, target);
            }
        }
    }

    private static bool Begin(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(period, LongestPeriod);
        y[..Math.Min(period - 1, x.Length)].Fill(double.NaN);
        return x.Length >= period;
    }
}
