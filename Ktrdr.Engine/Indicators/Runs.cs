using System.Numerics;

namespace Ktrdr.Engine.Indicators;

/// <summary>
/// Cuts inputs at NaN, so that kernels see unbroken stretches only: what every indicator does at a gap is decided here, once.
/// Inside a stretch a kernel starts as if it were the beginning of the data.
/// </summary>
internal static class Runs
{
    /// <summary>Finds the next stretch without NaN at or after <paramref name="end"/>; false when there is none.</summary>
    public static bool Next(ReadOnlySpan<double> x, ref int start, ref int end)
    {
        start = end;
        while (start < x.Length && double.IsNaN(x[start]))
        {
            start++;
        }

        if (start >= x.Length)
        {
            return false;
        }

        end = start + FirstNaN(x[start..]);
        return true;
    }

    /// <summary>The same over bars: a bar is missing when any of the three columns is NaN.</summary>
    public static bool Next(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> c, ref int start, ref int end)
    {
        start = end;
        while (start < a.Length && double.IsNaN(a[start] + b[start] + c[start]))
        {
            start++;
        }

        if (start >= a.Length)
        {
            return false;
        }

        var length = FirstNaN(a[start..]);
        length = FirstNaN(b.Slice(start, length));
        length = FirstNaN(c.Slice(start, length));
        end = start + length;
        return true;
    }

    private static int FirstNaN(ReadOnlySpan<double> x)
    {
        var i = 0;
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var lanes = new Vector<double>(x[i..]);
            if (!Vector.EqualsAll(lanes, lanes))
            {
                break;
            }
        }

        while (i < x.Length && !double.IsNaN(x[i]))
        {
            i++;
        }

        return i;
    }
}
