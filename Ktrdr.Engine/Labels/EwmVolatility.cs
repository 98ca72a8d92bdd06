using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Labels;

/// <summary>Exponentially weighted volatility per bar as a fraction of price, the weight of a value k bars old being (1 − 2/(span+1))^k over all bars so far.</summary>
internal static class EwmVolatility
{
    /// <summary>Weighted mean of (high − low)/close; defined from the first bar.</summary>
    public static double[] Range(BarSeries bars, int span)
    {
        var keep = 1.0 - 2.0 / (span + 1.0);
        var volatility = new double[bars.Count];
        var (sum, weight) = (0.0, 0.0);
        for (var i = 0; i < volatility.Length; i++)
        {
            sum = Math.FusedMultiplyAdd(keep, sum, (bars.High[i] - bars.Low[i]) / bars.Close[i]);
            weight = Math.FusedMultiplyAdd(keep, weight, 1.0);
            volatility[i] = sum / weight;
        }

        return volatility;
    }

    /// <summary>Log return per bar; 0 for the first.</summary>
    public static double[] LogReturns(BarSeries bars)
    {
        var returns = new double[bars.Count];
        for (var i = 1; i < returns.Length; i++)
        {
            returns[i] = Elementary.Log(bars.Close[i] / bars.Close[i - 1]);
        }

        return returns;
    }

    /// <summary>
    /// Weighted standard deviation of log returns around their weighted mean, with the reliability-weights correction W²/(W² − ΣW²); NaN until there
    /// are two returns. Updated as by West (1979), so that nothing cancels.
    /// </summary>
    public static double[] LogReturnDeviation(ReadOnlySpan<double> logReturns, int span)
    {
        var keep = 1.0 - 2.0 / (span + 1.0);
        var deviation = new double[logReturns.Length];
        Array.Fill(deviation, double.NaN);
        var (weight, weightSquares, mean, squares) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 1; i < deviation.Length; i++)
        {
            var older = keep * weight;
            weight = older + 1.0;
            weightSquares = keep * keep * weightSquares + 1.0;
            var difference = logReturns[i] - mean;
            mean += difference / weight;
            squares = keep * squares + older / weight * difference * difference;
            if (i >= 2)
            {
                deviation[i] = Math.Sqrt(squares * weight / (weight * weight - weightSquares));
            }
        }

        return deviation;
    }
}
