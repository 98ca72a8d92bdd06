using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.MarketData;

/// <summary>Finds the rare bars that a check has to look at closely, four bars at once.</summary>
internal static class StrangeBars
{
    private static readonly int Lanes = Vector256<double>.Count;

    /// <summary>The first bar from <paramref name="from"/> on that <see cref="IsSpike"/> holds for; the number of bars where there is none.</summary>
    public static int FirstSpike(BarColumns columns, int from, double limit)
    {
        ref var opens = ref MemoryMarshal.GetArrayDataReference(columns.Open);
        ref var highs = ref MemoryMarshal.GetArrayDataReference(columns.High);
        ref var lows = ref MemoryMarshal.GetArrayDataReference(columns.Low);
        ref var closes = ref MemoryMarshal.GetArrayDataReference(columns.Close);
        var (limits, growth) = (Vector256.Create(limit), Vector256.Create(1.0 + limit));
        for (var i = from; i < columns.Count; i++)
        {
            for (; i > 0 && i <= columns.Count - Lanes; i += Lanes)
            {
                var (open, close, before) = (Vector256.LoadUnsafe(ref opens, (nuint)i), Vector256.LoadUnsafe(ref closes, (nuint)i), Vector256.LoadUnsafe(ref closes, (nuint)(i - 1)));
                var isSpike = Vector256.GreaterThan(Vector256.LoadUnsafe(ref highs, (nuint)i), growth * Vector256.Max(open, close))
                    | Vector256.GreaterThan(Vector256.Min(open, close), growth * Vector256.LoadUnsafe(ref lows, (nuint)i))
                    | Vector256.GreaterThan(Vector256.Abs(close - before), limits * before);
                var bits = isSpike.ExtractMostSignificantBits();
                if (bits != 0)
                {
                    return i + BitOperations.TrailingZeroCount(bits);
                }
            }

            if (i < columns.Count && IsSpike(columns, i, limit))
            {
                return i;
            }
        }

        return columns.Count;
    }

    /// <summary>
    /// Whether a shadow reaches further beyond open and close than <paramref name="limit"/>, a fraction, or the close moved further than that from the one
    /// before. Without a division: nearly every bar is well inside.
    /// </summary>
    public static bool IsSpike(BarColumns columns, int i, double limit)
    {
        var (open, close, before) = (columns.Open[i], columns.Close[i], columns.Close[Math.Max(0, i - 1)]);
        return columns.High[i] > (1.0 + limit) * Math.Max(open, close)
            | Math.Min(open, close) > (1.0 + limit) * columns.Low[i]
            | Math.Abs(close - before) > limit * before;
    }

    /// <summary>The first bar from <paramref name="from"/> on without a volume above 0; the number of bars where there is none.</summary>
    public static int FirstWithoutVolume(BarColumns columns, int from)
    {
        ref var volumes = ref MemoryMarshal.GetArrayDataReference(columns.Volume);
        var i = from;
        while (i <= columns.Count - Lanes && Vector256.GreaterThanAll(Vector256.LoadUnsafe(ref volumes, (nuint)i), Vector256<double>.Zero))
        {
            i += Lanes;
        }

        while (i < columns.Count && columns.Volume[i] > 0.0)
        {
            i++;
        }

        return i;
    }
}
