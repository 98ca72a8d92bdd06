using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>Which of three barriers price touched first, as a class: upper is BUY, lower is SELL, neither is HOLD; on every bar, or only where the CUSUM filter fires.</summary>
internal static class TripleBarrierLabels
{
    public static LabelSeries Compute(LabelSpec spec, BarSeries bars, IReadOnlyList<BarRange> fit)
    {
        var barrier = TripleBarrier.Compute(bars, spec);
        var isEvent = spec.CusumThreshold is { } threshold
            ? CusumFilter.Events(bars, threshold, spec.CusumMultiplier, spec.VolSpan, fit)
            : null;

        var labels = LabelSeries.Empty(bars.Count, spec.ClassCount);
        for (var t = 0; t < barrier.Side.Length; t++)
        {
            if (barrier.HoldingPeriod[t] == 0 || isEvent is not null && !isEvent[t])
            {
                continue;
            }

            labels.Class[t] = barrier.Side[t] switch { > 0 => LabelSeries.Buy, < 0 => LabelSeries.Sell, _ => LabelSeries.Hold };
            labels.End[t] = t + barrier.HoldingPeriod[t];
        }

        return labels;
    }
}
