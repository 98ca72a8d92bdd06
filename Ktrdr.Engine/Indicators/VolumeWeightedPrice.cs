using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Indicators;

/// <summary>Volume-weighted average price over a window, or since the first bar.</summary>
internal static class VolumeWeightedPrice
{
    public static IndicatorType Type { get; } = new(
        "vwap",
        ["volume_weighted_average_price"],
        "volume",
        "Mean price weighted by volume over the last period bars, in price units; undefined where nothing was traded.",
        [
            IndicatorParameter.Integer("period", 20, 0, 200, "window in bars; 0: all bars since the first"),
            IndicatorParameter.Flag("use_typical_price", true, "weigh (high + low + close)/3; false: the close"),
        ],
        [],
        a => Math.Max(a.Int("period") - 1, 0),
        Compute,
        readsVolume: true);

    private static readonly IndicatorComputer OfTypicalPrice = Runs.Over(
        Inputs.Bars | Inputs.Volume, (in Stretch bars, IndicatorArguments a, Lines y) =>
        {
            using var scratch = new Scratch(bars.Length);
            var price = scratch.Take(bars.Length);
            TypicalPrice.Of(bars.High, bars.Low, bars.Close, price);
            Average(price, bars.Volume, a.Int("period"), y.First);
        });

    private static readonly IndicatorComputer OfClose = Runs.Over(
        Inputs.Close | Inputs.Volume, (in Stretch bars, IndicatorArguments a, Lines y) => Average(bars.Close, bars.Volume, a.Int("period"), y.First));

    private static void Compute(BarSeries bars, IndicatorArguments arguments, double[][] outputs, int? reach)
        => (arguments.Flag("use_typical_price") ? OfTypicalPrice : OfClose)(bars, arguments, outputs, reach);

    private static void Average(ReadOnlySpan<double> price, ReadOnlySpan<double> volume, int period, Span<double> y)
    {
        if (period == 0)
        {
            var (traded, value) = (0.0, 0.0);
            for (var i = 0; i < y.Length; i++)
            {
                traded += volume[i];
                value += price[i] * volume[i];
                y[i] = traded == 0.0 ? double.NaN : value / traded;
            }

            return;
        }

        using var scratch = new Scratch(2 * y.Length);
        var values = scratch.Take(y.Length);
        var volumes = scratch.Take(y.Length);
        for (var i = 0; i < y.Length; i++)
        {
            values[i] = price[i] * volume[i];
        }

        RollingWindow.Sum(values, period, y);
        RollingWindow.Sum(volume, period, volumes);
        for (var i = 0; i < y.Length; i++)
        {
            y[i] = volumes[i] == 0.0 ? double.NaN : y[i] / volumes[i];
        }
    }
}
