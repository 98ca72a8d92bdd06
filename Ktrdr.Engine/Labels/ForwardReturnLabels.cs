using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>Labels from the return over the next bars, (close[t + horizon] − close[t]) / close[t]: the return itself, or its class.</summary>
internal static class ForwardReturnLabels
{
    /// <summary>A regression on the return.</summary>
    public static LabelSeries Returns(LabelSpec spec, BarSeries bars)
    {
        var labels = LabelSeries.Empty(bars.Count, 0);
        for (var t = 0; t + spec.Horizon < bars.Count; t++)
        {
            var change = Change(bars.Close, t, spec.Horizon);
            if (double.IsFinite(change))
            {
                labels.Target[t] = (float)change;
                labels.End[t] = t + spec.Horizon;
            }
        }

        return labels;
    }

    /// <summary>Bullish above one threshold, bearish below the other, neutral between and at them.</summary>
    public static LabelSeries Context(LabelSpec spec, BarSeries bars)
    {
        var labels = LabelSeries.Empty(bars.Count, spec.ClassCount);
        for (var t = 0; t + spec.Horizon < bars.Count; t++)
        {
            var change = Change(bars.Close, t, spec.Horizon);
            labels.Class[t] = change > spec.BullishThreshold ? LabelSeries.Bullish : change < spec.BearishThreshold ? LabelSeries.Bearish : LabelSeries.Neutral;
            labels.End[t] = t + spec.Horizon;
        }

        return labels;
    }

    private static double Change(ReadOnlySpan<double> close, int t, int horizon) => (close[t + horizon] - close[t]) / close[t];
}
