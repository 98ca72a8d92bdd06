using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>
/// The swing a bar lies in: between two pivots BUY where the next pivot is higher and SELL where it is lower, at a pivot HOLD. A label has seen everything up to the bar that
/// confirms the next pivot (its own, at a pivot); bars after the last confirmed pivot have none yet, whereas the original guesses them from the last extreme so far.
/// </summary>
internal static class ZigzagLabels
{
    /// <exception cref="InvalidInputException">Price never reverses by the threshold.</exception>
    public static LabelSeries Compute(LabelSpec spec, BarSeries bars)
    {
        var pivots = ZigzagPivots.Of(bars.Close, spec.ZigzagThreshold);
        var labels = LabelSeries.Empty(bars.Count, spec.ClassCount);
        var classes = Classes(pivots, bars.Count);
        var from = 0;
        foreach (var pivot in pivots)
        {
            if (!pivot.IsConfirmed)
            {
                break;
            }

            for (var t = from; t <= pivot.Index; t++)
            {
                labels.Class[t] = classes[t];
                labels.End[t] = pivot.Confirmed;
            }

            from = pivot.Index + 1;
        }

        return pivots.Count > 2
            ? labels
            : throw LabelChecks.Invalid("no_swing", "zigzag_threshold", spec.ZigzagThreshold.ToString("R"), $"a reversal that {Counted.Of(bars.Count, "bar")} of {bars.Symbol} {bars.Timeframe} can make at least twice");
    }

    /// <summary>The class of every bar as it looks from the end of the series, the last extreme being taken for a pivot: the original's labels.</summary>
    internal static int[] Classes(List<ZigzagPivot> pivots, int count)
    {
        var classes = new int[count];
        Array.Fill(classes, LabelSeries.Hold);
        for (var p = 1; p < pivots.Count; p++)
        {
            var (before, after) = (pivots[p - 1], pivots[p]);
            classes.AsSpan(before.Index + 1, after.Index - before.Index - 1).Fill(after.Price > before.Price ? LabelSeries.Buy : LabelSeries.Sell);
        }

        return classes;
    }
}
