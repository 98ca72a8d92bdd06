using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Indicators;

/// <summary>Which series of the bars an indicator of one input reads: the parameter <c>source</c>.</summary>
internal static class PriceSource
{
    public const string Volume = "volume";

    private static readonly string[] Names = ["open", "high", "low", "close", Volume, "hl2", "hlc3", "ohlc4"];

    public static IndicatorParameter Parameter { get; } = IndicatorParameter.Choice(
        "source", "close", Names, "which series to read: a column, or the mean hl2, hlc3 or ohlc4");

    /// <summary>Whether the source is not a column but has to be computed.</summary>
    public static bool IsMean(Inputs inputs, IndicatorArguments arguments)
        => inputs.HasFlag(Inputs.Source) && arguments.Choice(Parameter.Name) is "hl2" or "hlc3" or "ohlc4";

    /// <summary>The column itself, or the mean written to <paramref name="mean"/>, which is as long as the series then.</summary>
    public static ReadOnlySpan<double> Of(BarSeries bars, IndicatorArguments arguments, Span<double> mean) => arguments.Choice(Parameter.Name) switch
    {
        "open" => bars.Open,
        "high" => bars.High,
        "low" => bars.Low,
        Volume => bars.Volume,
        "hl2" => Mean(bars, 0.5, withClose: false, withOpen: false, mean),
        "hlc3" => Mean(bars, 1.0 / 3.0, withClose: true, withOpen: false, mean),
        "ohlc4" => Mean(bars, 0.25, withClose: true, withOpen: true, mean),
        _ => bars.Close,
    };

    private static Span<double> Mean(BarSeries bars, double factor, bool withClose, bool withOpen, Span<double> mean)
    {
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
