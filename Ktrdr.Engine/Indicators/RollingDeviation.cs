using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Mean and population standard deviation of a sliding window.</summary>
internal static class RollingDeviation
{
    private const int BlockLength = 1024;

    /// <summary>
    /// Above this ratio of (mean − pivot)² to the variance the sums have lost too many digits (about 3e-11 of the deviation at the ratio itself).
    /// </summary>
    private const double LargestCancellation = 1e5;

    /// <summary>
    /// Sums and sums of squares of the distances from the first value of each block, so that little cancels; a window where much would (flat prices far from that
    /// value) is computed from its own mean in two passes. Undefined for the first period − 1 elements of both results.
    /// </summary>
    [SkipLocalsInit]
    public static void Compute(ReadOnlySpan<double> x, int period, Span<double> mean, Span<double> deviation)
    {
        var undefined = Math.Min(period - 1, x.Length);
        mean[..undefined].Fill(double.NaN);
        deviation[..undefined].Fill(double.NaN);
        Span<double> distances = stackalloc double[BlockLength + RollingWindow.LongestPeriod];
        Span<double> squares = stackalloc double[BlockLength + RollingWindow.LongestPeriod];
        for (var first = 0; first + period <= x.Length; first += BlockLength)
        {
            var count = Math.Min(BlockLength, x.Length - period + 1 - first);
            var values = x.Slice(first, count + period - 1);
            Distances(values, values[0], distances, squares);
            var means = mean.Slice(first + period - 1, count);
            var deviations = deviation.Slice(first + period - 1, count);
            RollingWindow.SumBlock(distances[..values.Length], period, distances, means);
            RollingWindow.SumBlock(squares[..values.Length], period, squares, deviations);
            Finish(values, period, values[0], means, deviations);
        }
    }

    private static void Distances(ReadOnlySpan<double> values, double pivot, Span<double> distances, Span<double> squares)
    {
        ref var source = ref MemoryMarshal.GetReference(values);
        ref var toDistances = ref MemoryMarshal.GetReference(distances);
        ref var toSquares = ref MemoryMarshal.GetReference(squares);
        var pivots = Vector256.Create(pivot);
        var i = 0;
        for (; i <= values.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var distance = Vector256.LoadUnsafe(ref source, (nuint)i) - pivots;
            distance.StoreUnsafe(ref toDistances, (nuint)i);
            (distance * distance).StoreUnsafe(ref toSquares, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            distances[i] = values[i] - pivot;
            squares[i] = distances[i] * distances[i];
        }
    }

    private static void Finish(ReadOnlySpan<double> values, int period, double pivot, Span<double> means, Span<double> deviations)
    {
        var share = 1.0 / period;
        var shares = Vector256.Create(share);
        var pivots = Vector256.Create(pivot);
        var limit = Vector256.Create(LargestCancellation);
        ref var sums = ref MemoryMarshal.GetReference(means);
        ref var squares = ref MemoryMarshal.GetReference(deviations);
        var i = 0;
        for (; i <= means.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var distance = Vector256.LoadUnsafe(ref sums, (nuint)i) * shares;
            var variance = Vector256.FusedMultiplyAdd(-distance, distance, Vector256.LoadUnsafe(ref squares, (nuint)i) * shares);
            var sound = Vector256.GreaterThanOrEqual(variance * limit, distance * distance);
            (pivots + distance).StoreUnsafe(ref sums, (nuint)i);
            Vector256.Sqrt(variance).StoreUnsafe(ref squares, (nuint)i);
            var lanes = sound.ExtractMostSignificantBits();
            for (var lane = 0; lanes != 0b1111 && lane < Vector256<double>.Count; lane++)
            {
                if ((lanes >> lane & 1) == 0)
                {
                    (means[i + lane], deviations[i + lane]) = TwoPasses(values.Slice(i + lane, period));
                }
            }
        }

        for (; i < means.Length; i++)
        {
            var distance = means[i] * share;
            var variance = Math.FusedMultiplyAdd(-distance, distance, deviations[i] * share);
            (means[i], deviations[i]) = variance * LargestCancellation >= distance * distance
                ? (pivot + distance, Math.Sqrt(variance))
                : TwoPasses(values.Slice(i, period));
        }
    }

    /// <summary>By definition; constant values have their own value as the mean and no deviation.</summary>
    internal static (double Mean, double Deviation) TwoPasses(ReadOnlySpan<double> window)
    {
        // Around the first value, so that the mean of equal values is that value to the bit.
        var sum = 0.0;
        foreach (var value in window)
        {
            sum += value - window[0];
        }

        var mean = window[0] + sum / window.Length;
        var squares = 0.0;
        foreach (var value in window)
        {
            squares = Math.FusedMultiplyAdd(value - mean, value - mean, squares);
        }

        return (mean, Math.Sqrt(squares / window.Length));
    }
}
