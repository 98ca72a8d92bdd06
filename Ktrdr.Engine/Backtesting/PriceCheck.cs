using System.Numerics;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Prices a fill can be computed from: positive and finite.</summary>
internal static class PriceCheck
{
    /// <summary>Index of the first bar of the window with an unsound price; null where there is none.</summary>
    public static int? FirstUnsound(BarSeries bars, int start, int endExclusive)
    {
        int[] found =
        [
            First(bars.Open[start..endExclusive]), First(bars.High[start..endExclusive]), First(bars.Low[start..endExclusive]), First(bars.Close[start..endExclusive]),
        ];
        var first = found.Min();
        return first < endExclusive - start ? start + first : null;
    }

    private static int First(ReadOnlySpan<double> prices)
    {
        var (zero, largest) = (Vector<double>.Zero, new Vector<double>(double.MaxValue));
        var i = 0;
        while (i <= prices.Length - Vector<double>.Count)
        {
            var price = new Vector<double>(prices[i..]);
            if (!(Vector.GreaterThanAll(price, zero) && Vector.LessThanOrEqualAll(price, largest)))
            {
                break;
            }

            i += Vector<double>.Count;
        }

        while (i < prices.Length && prices[i] > 0 && prices[i] <= double.MaxValue)
        {
            i++;
        }

        return i;
    }
}
