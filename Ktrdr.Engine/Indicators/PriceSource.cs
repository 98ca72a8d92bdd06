using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Indicators;

/// <summary>Which series of the bars an indicator of one input reads: the parameter <c>source</c>.</summary>
internal static class PriceSource
{
    private static readonly string[] Names = ["open", "high", "low", "close", "volume", "hl2", "hlc3", "ohlc4"];

    public static IndicatorParameter Parameter { get; } = IndicatorParameter.Choice(
        "source", "close", Names, "which series to read: a column, or the mean hl2, hlc3 or ohlc4");

    /// <summary>The column itself, or a new array of means.</summary>
    public static ReadOnlySpan<double> Of(BarSeries bars, IndicatorArguments arguments)
    {
        var source = arguments.Choice(Parameter.Name);
        return source switch
        {
            "open" => bars.Open,
            "high" => bars.High,
            "low" => bars.Low,
            "volume" => bars.Volume,
            "hl2" => Mean(bars, 0.5, withClose: false, withOpen: false),
            "hlc3" => Mean(bars, 1.0 / 3.0, withClose: true, withOpen: false),
            "ohlc4" => Mean(bars, 0.25, withClose: true, withOpen: true),
            _ => bars.Close,
        };
    }

    private static double[] Mean(BarSeries bars, double factor, bool withClose, bool withOpen)
    {
        var mean = new double[bars.Count];
        var open = bars.Open;
        var high = bars.High;
        var low = bars.Low;
        var close = bars.Close;
        for (var i = 0; i < mean.Length; i++)
        {
            var sum = high[i] + low[i];
            if (withClose)
            {
                sum += close[i];
            }

            if (withOpen)
            {
                sum += open[i];
            }

            mean[i] = sum * factor;
        }

        return mean;
    }
}
