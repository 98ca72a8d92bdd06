using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>
/// Statistics over a window sliding along a stretch without NaN. Element i of a result covers x[i−period+1 .. i] and is NaN for i &lt; period − 1.
/// Sums and extremes are built by doubling: the statistic of 2w values from two of w values. That is vector code for every window length, it never
/// subtracts (nothing drifts, nothing cancels), and each lane does the same operations whatever the vector width, so the bits are the same everywhere.
/// </summary>
internal static class RollingWindow
{
    private const int BlockLength = 1024;

    /// <summary>Longest window: bounds the scratch on the stack.</summary>
    public const int LongestPeriod = 1000;

    public static void Mean(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        Sum(x, period, y);
        for (var i = Math.Min(period - 1, y.Length); i < y.Length; i++)
        {
            y[i] /= period;
        }
    }

    [SkipLocalsInit]
    public static void Sum(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        if (!Begin(x, period, y))
        {
            return;
        }

        Span<double> window = stackalloc double[BlockLength + LongestPeriod];
        Span<double> total = stackalloc double[BlockLength];
        for (var first = 0; first + period <= x.Length; first += BlockLength)
        {
            var count = Math.Min(BlockLength, x.Length - period + 1 - first);
            var used = window[..(count + period - 1)];
            x.Slice(first, used.Length).CopyTo(used);
            var sums = total[..count];
            sums.Clear();

            // The binary digits of the period say which doublings make up the window, one after the other.
            var covered = 0;
            for (var width = 1; ; width *= 2)
            {
                if ((period & width) != 0)
                {
                    Add(sums, used.Slice(covered, count));
                    covered += width;
                }

                if (covered == period)
                {
                    break;
                }

                used = Fold<Addition>(used, width);
            }

            sums.CopyTo(y.Slice(first + period - 1, count));
        }
    }

    public static void Max(ReadOnlySpan<double> x, int period, Span<double> y) => Extreme<Maximum>(x, period, y);

    public static void Min(ReadOnlySpan<double> x, int period, Span<double> y) => Extreme<Minimum>(x, period, y);

    [SkipLocalsInit]
    private static void Extreme<TOperation>(ReadOnlySpan<double> x, int period, Span<double> y)
        where TOperation : struct, IFold
    {
        if (!Begin(x, period, y))
        {
            return;
        }

        Span<double> window = stackalloc double[BlockLength + LongestPeriod];
        for (var first = 0; first + period <= x.Length; first += BlockLength)
        {
            var count = Math.Min(BlockLength, x.Length - period + 1 - first);
            var used = window[..(count + period - 1)];
            x.Slice(first, used.Length).CopyTo(used);
            var width = 1;
            for (; 2 * width <= period; width *= 2)
            {
                used = Fold<TOperation>(used, width);
            }

            // Two overlapping windows of a power of two cover any length: an extreme may count a value twice.
            if (width < period)
            {
                used = Fold<TOperation>(used, period - width);
            }

            used[..count].CopyTo(y.Slice(first + period - 1, count));
        }
    }

    private static bool Begin(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(period, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(period, LongestPeriod);
        y[..Math.Min(period - 1, x.Length)].Fill(double.NaN);
        return x.Length >= period;
    }

    /// <summary>m[j] = m[j] ∘ m[j + distance] in place; reading runs ahead of writing. Returns the shortened span.</summary>
    private static Span<double> Fold<TOperation>(Span<double> m, int distance)
        where TOperation : struct, IFold
    {
        const int lanes = 4;
        var near = m[..^distance];
        var far = m[distance..];
        ref var to = ref MemoryMarshal.GetReference(near);
        ref var from = ref MemoryMarshal.GetReference(far);
        var j = 0;
        for (; j <= near.Length - lanes; j += lanes)
        {
            TOperation.Apply(Vector256.LoadUnsafe(ref to, (nuint)j), Vector256.LoadUnsafe(ref from, (nuint)j)).StoreUnsafe(ref to, (nuint)j);
        }

        for (; j < near.Length; j++)
        {
            near[j] = TOperation.Apply(near[j], far[j]);
        }

        return near;
    }

    private static void Add(Span<double> sums, ReadOnlySpan<double> values)
    {
        const int lanes = 4;
        ref var to = ref MemoryMarshal.GetReference(sums);
        ref var from = ref MemoryMarshal.GetReference(values[..sums.Length]);
        var j = 0;
        for (; j <= sums.Length - lanes; j += lanes)
        {
            (Vector256.LoadUnsafe(ref to, (nuint)j) + Vector256.LoadUnsafe(ref from, (nuint)j)).StoreUnsafe(ref to, (nuint)j);
        }

        for (; j < sums.Length; j++)
        {
            sums[j] += values[j];
        }
    }

    private interface IFold
    {
        static abstract Vector256<double> Apply(Vector256<double> a, Vector256<double> b);

        static abstract double Apply(double a, double b);
    }

    private readonly struct Addition : IFold
    {
        public static Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => a + b;

        public static double Apply(double a, double b) => a + b;
    }

    private readonly struct Maximum : IFold
    {
        public static Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => Vector256.ConditionalSelect(Vector256.GreaterThan(b, a), b, a);

        public static double Apply(double a, double b) => b > a ? b : a;
    }

    private readonly struct Minimum : IFold
    {
        public static Vector256<double> Apply(Vector256<double> a, Vector256<double> b) => Vector256.ConditionalSelect(Vector256.LessThan(b, a), b, a);

        public static double Apply(double a, double b) => b < a ? b : a;
    }
}
