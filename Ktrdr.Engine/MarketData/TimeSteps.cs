using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.MarketData;

/// <summary>Looks over the steps between times, four at once. The loops behind the vectors are what each one means.</summary>
internal static class TimeSteps
{
    private static readonly int Lanes = Vector256<long>.Count;

    /// <summary>Index of the first time that is not after the one before it; the number of times where all ascend.</summary>
    public static int FirstNotAscending(ReadOnlySpan<long> times)
    {
        ref var time = ref MemoryMarshal.GetReference(times);
        var i = 1;
        while (i <= times.Length - Lanes && Vector256.GreaterThanAll(Vector256.LoadUnsafe(ref time, (nuint)i), Vector256.LoadUnsafe(ref time, (nuint)(i - 1))))
        {
            i += Lanes;
        }

        while (i < times.Length && times[i] > times[i - 1])
        {
            i++;
        }

        return Math.Min(i, times.Length);
    }

    /// <summary>Index of the first time from <paramref name="from"/> (at least 1) on that is further from the one before than <paramref name="widest"/>, or closer than <paramref name="narrowest"/>; the number of times where there is none.</summary>
    public static int FirstOutside(ReadOnlySpan<long> times, int from, long narrowest, long widest)
    {
        ref var time = ref MemoryMarshal.GetReference(times);
        var (least, most) = (Vector256.Create(narrowest), Vector256.Create(widest));
        var i = from;
        for (; i <= times.Length - Lanes; i += Lanes)
        {
            var steps = Vector256.LoadUnsafe(ref time, (nuint)i) - Vector256.LoadUnsafe(ref time, (nuint)(i - 1));
            var outside = (Vector256.GreaterThan(steps, most) | Vector256.LessThan(steps, least)).ExtractMostSignificantBits();
            if (outside != 0)
            {
                return i + BitOperations.TrailingZeroCount(outside);
            }
        }

        while (i < times.Length && times[i] - times[i - 1] is var step && step >= narrowest && step <= widest)
        {
            i++;
        }

        return Math.Min(i, times.Length);
    }

    /// <summary>How many steps are <paramref name="width"/> wide, and how many narrower.</summary>
    public static (int Equal, int Narrower) Count(ReadOnlySpan<long> times, long width)
    {
        ref var time = ref MemoryMarshal.GetReference(times);
        var widths = Vector256.Create(width);
        var (equals, narrowers) = (Vector256<long>.Zero, Vector256<long>.Zero);
        var i = 1;
        for (; i <= times.Length - Lanes; i += Lanes)
        {
            // A lane that is true is -1.
            var steps = Vector256.LoadUnsafe(ref time, (nuint)i) - Vector256.LoadUnsafe(ref time, (nuint)(i - 1));
            equals -= Vector256.Equals(steps, widths);
            narrowers -= Vector256.LessThan(steps, widths);
        }

        var (equal, narrower) = ((int)Vector256.Sum(equals), (int)Vector256.Sum(narrowers));
        for (; i < times.Length; i++)
        {
            var step = times[i] - times[i - 1];
            equal += step == width ? 1 : 0;
            narrower += step < width ? 1 : 0;
        }

        return (equal, narrower);
    }
}
