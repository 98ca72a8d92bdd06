using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>
/// The regime a bar lies in, from swings on two scales: a large swing is a trend where the small swings inside it progress (higher lows on the way up, lower highs on the way down),
/// else it is ranging; a bar ahead of which volatility bursts is volatile whatever its swing. A swing's reversal is a multiple of median(average true range) / median(close), both over
/// the bars that are trained on. A label has seen everything up to the bar that confirms the end of its large swing, and the bars of its forward volatility.
/// </summary>
internal static class RegimeLabels
{
    /// <summary>Two of a kind are needed to compare, and highs and lows come in turn.</summary>
    private const int FewestMicroPivots = 4;

    /// <exception cref="InvalidInputException">The training bars are too few or do not move, or no large swing ends in the series.</exception>
    public static LabelSeries Compute(LabelSpec spec, BarSeries bars, IReadOnlyList<BarRange> fit)
    {
        var unit = SwingUnit.Of(bars, spec.AtrPeriod, fit);
        var macro = ZigzagPivots.Of(bars.Close, spec.MacroAtrMult * unit);
        var micro = ZigzagPivots.Of(bars.Close, spec.MicroAtrMult * unit);
        var labels = LabelSeries.Empty(bars.Count, spec.ClassCount);
        var bursts = VolatilityBursts.Of(bars, spec);
        var first = 0;
        for (var s = 0; s + 1 < macro.Count && macro[s + 1].IsConfirmed; s++)
        {
            var (start, end) = (macro[s], macro[s + 1]);
            while (first < micro.Count && micro[first].Index < start.Index)
            {
                first++;
            }

            var inside = micro.Skip(first).TakeWhile(p => p.Index <= end.Index).ToArray();
            var up = end.Price > start.Price;
            var swing = Progresses(inside, up, spec.ProgressionTolerance) ? up ? LabelSeries.TrendingUp : LabelSeries.TrendingDown : LabelSeries.Ranging;
            for (var t = start.Index; t < end.Index; t++)
            {
                Set(labels, bursts, t, swing, end.Confirmed, spec.AtrPeriod);
            }
        }

        return macro.Count > 2
            ? labels
            : throw LabelChecks.Invalid("no_swing", "macro_atr_mult", spec.MacroAtrMult.ToString("R"), $"a swing that {Counted.Of(bars.Count, "bar")} of {bars.Symbol} {bars.Timeframe} can make at least twice");
    }

    /// <summary>A bar near the end of the series, whose forward volatility is not known, has no label.</summary>
    private static void Set(LabelSeries labels, bool[] bursts, int t, int swing, int confirmed, int forward)
    {
        if (t + forward < labels.Count)
        {
            labels.Class[t] = bursts[t] ? LabelSeries.Volatile : swing;
            labels.End[t] = Math.Max(confirmed, t + forward);
        }
    }

    /// <summary>Whether enough consecutive lows rise (up) or highs fall (down).</summary>
    private static bool Progresses(ReadOnlySpan<ZigzagPivot> pivots, bool up, double tolerance)
    {
        if (pivots.Length < FewestMicroPivots)
        {
            return false;
        }

        var (pairs, progressing, last) = (0, 0, double.NaN);
        for (var i = 0; i < pivots.Length; i++)
        {
            var price = pivots[i].Price;
            var isLow = price < pivots[i == 0 ? 1 : i - 1].Price;
            if (isLow != up)
            {
                continue;
            }

            if (!double.IsNaN(last))
            {
                pairs++;
                progressing += (up ? price > last : price < last) ? 1 : 0;
            }

            last = price;
        }

        return pairs > 0 && (double)progressing / pairs >= tolerance;
    }
}
