using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Labels;

/// <summary>
/// Symmetric CUSUM filter (López de Prado, Advances in Financial Machine Learning, 2018, §2.5.2.1) in the form of the original:
/// S⁺ = max(0, S⁺ + r − h), S⁻ = min(0, S⁻ + r + h) over log returns r; an event where S⁺ &gt; h or S⁻ &lt; −h, after which both start at 0.
/// </summary>
internal static class CusumFilter
{
    /// <summary>Whether each bar is an event.</summary>
    /// <param name="bars">The bars; only closes are read.</param>
    /// <param name="threshold">h as a log return; 0 or less: <paramref name="multiplier"/> times the mean exponentially weighted deviation of log returns.</param>
    /// <param name="multiplier">See <paramref name="threshold"/>.</param>
    /// <param name="span">Span of that deviation in bars.</param>
    /// <param name="fit">Stretches that mean is taken over, each as if the series began there.</param>
    /// <exception cref="InvalidInputException">The threshold is left to the data and no stretch has the three bars a deviation needs.</exception>
    public static bool[] Events(BarSeries bars, double threshold, double multiplier, int span, IReadOnlyList<BarRange> fit)
    {
        var returns = EwmVolatility.LogReturns(bars);
        if (threshold <= 0.0)
        {
            threshold = multiplier * MeanDeviation(returns, span, fit);
        }

        var events = new bool[bars.Count];
        var (up, down) = (0.0, 0.0);
        for (var i = 1; i < events.Length; i++)
        {
            up = Math.Max(0.0, up + returns[i] - threshold);
            down = Math.Min(0.0, down + returns[i] + threshold);
            if (up > threshold || down < -threshold)
            {
                events[i] = true;
                (up, down) = (0.0, 0.0);
            }
        }

        return events;
    }

    private static double MeanDeviation(double[] returns, int span, IReadOnlyList<BarRange> fit)
    {
        var (sum, count) = (0.0, 0);
        foreach (var range in fit)
        {
            foreach (var value in EwmVolatility.LogReturnDeviation(returns.AsSpan(range.Start, range.Count), span))
            {
                if (!double.IsNaN(value))
                {
                    sum += value;
                    count++;
                }
            }
        }

        return count > 0
            ? sum / count
            : throw LabelChecks.Invalid("too_few_bars", "cusum_threshold", "0", "a number above 0 where no stretch of training bars has three bars to fit one on");
    }
}
