using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>
/// Triple-barrier labels (López de Prado 2018, §3.2) as the original computes them: from the close of bar t an upper barrier at
/// close·(1 + pt·volatility), a lower one at close·(1 − sl·volatility) and an expiry after max_holding_period bars.
/// </summary>
internal sealed class TripleBarrier
{
    private TripleBarrier(int labelled, double[] volatility)
    {
        Side = new int[labelled];
        HoldingPeriod = new int[labelled];
        Volatility = volatility;
    }

    /// <summary>+1 the upper barrier was touched first, −1 the lower one, 0 neither mattered. Only bars with a full holding period ahead.</summary>
    public int[] Side { get; }

    /// <summary>Bars until the barrier was touched or the label expired; 0 where volatility is undefined and there is no label.</summary>
    public int[] HoldingPeriod { get; }

    /// <summary>Volatility per bar as a fraction of price.</summary>
    public double[] Volatility { get; }

    public static TripleBarrier Compute(BarSeries bars, LabelSpec spec)
    {
        var volatility = spec.VolMethod == VolatilityMethod.Atr
            ? EwmVolatility.Range(bars, spec.VolSpan)
            : EwmVolatility.LogReturnDeviation(EwmVolatility.LogReturns(bars), spec.VolSpan);
        var result = new TripleBarrier(Math.Max(0, bars.Count - spec.MaxHoldingPeriod), volatility);
        var high = bars.High;
        var low = bars.Low;
        var close = bars.Close;
        var expiryScale = Math.Sqrt(spec.MaxHoldingPeriod) * 0.5;
        for (var t = 0; t < result.Side.Length; t++)
        {
            if (double.IsNaN(volatility[t]))
            {
                continue;
            }

            var entry = close[t];
            var upper = entry * (1.0 + spec.PtMultiplier * volatility[t]);
            var lower = entry * (1.0 - spec.SlMultiplier * volatility[t]);
            var last = t + spec.MaxHoldingPeriod;
            var j = t + 1;
            while (j <= last && high[j] < upper && low[j] > lower)
            {
                j++;
            }

            if (j > last)
            {
                var change = (close[last] - entry) / entry;
                result.HoldingPeriod[t] = spec.MaxHoldingPeriod;
                result.Side[t] = Math.Abs(change) < volatility[t] * expiryScale ? 0 : Sign(change);
            }
            else
            {
                // Both barriers inside one bar: its order is unknown, its close decides.
                result.HoldingPeriod[t] = j - t;
                result.Side[t] = high[j] < upper ? -1 : low[j] > lower ? 1 : Sign(close[j] - entry);
            }
        }

        return result;
    }

    private static int Sign(double x) => x > 0.0 ? 1 : x < 0.0 ? -1 : 0;
}
