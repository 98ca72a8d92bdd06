using System.Numerics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Highest high and lowest low. A maximum has the same bits in whatever order it is taken.</summary>
internal static class Extremes
{
    /// <param name="highs">May be empty.</param>
    /// <param name="lows">As long as <paramref name="highs"/>.</param>
    /// <param name="price">One more price to take into account.</param>
    public static (double Highest, double Lowest) Of(ReadOnlySpan<double> highs, ReadOnlySpan<double> lows, double price)
    {
        var (highest, lowest) = (price, price);
        var i = 0;
        if (highs.Length >= Vector<double>.Count)
        {
            var (top, bottom) = (new Vector<double>(price), new Vector<double>(price));
            for (; i <= highs.Length - Vector<double>.Count; i += Vector<double>.Count)
            {
                top = Vector.Max(top, new Vector<double>(highs[i..]));
                bottom = Vector.Min(bottom, new Vector<double>(lows[i..]));
            }

            for (var lane = 0; lane < Vector<double>.Count; lane++)
            {
                highest = Math.Max(highest, top[lane]);
                lowest = Math.Min(lowest, bottom[lane]);
            }
        }

        for (; i < highs.Length; i++)
        {
            highest = Math.Max(highest, highs[i]);
            lowest = Math.Min(lowest, lows[i]);
        }

        return (highest, lowest);
    }
}
