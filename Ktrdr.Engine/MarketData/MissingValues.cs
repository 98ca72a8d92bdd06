using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.MarketData;

/// <summary>A value that is missing in a column is NaN.</summary>
internal static class MissingValues
{
    /// <summary>Place of the first missing value; the length where there is none.</summary>
    public static int First(ReadOnlySpan<double> x)
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
