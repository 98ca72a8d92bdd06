using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Tests.Indicators;

/// <summary>Made-up bars for properties: a random walk, scaled, shifted, cut or holed.</summary>
internal static class Candles
{
    public static BarSeries Random(ulong seed, int count)
    {
        var generator = new Generator(seed, "candles");
        var (open, high, low, close, volume) = (new double[count], new double[count], new double[count], new double[count], new double[count]);
        var price = 100.0;
        for (var i = 0; i < count; i++)
        {
            open[i] = price;
            price *= 1.0 + 0.01 * generator.NextGaussian();
            close[i] = price;
            high[i] = Math.Max(open[i], close[i]) * (1.0 + 0.005 * generator.NextDouble());
            low[i] = Math.Min(open[i], close[i]) * (1.0 - 0.005 * generator.NextDouble());
            volume[i] = 1_000.0 * generator.NextDouble();
        }

        return Of(open, high, low, close, volume);
    }

    /// <summary>Whole prices around 100 and volumes of 0 to 3, many 0 in a row: ties, bars without range, windows without volume.</summary>
    public static BarSeries Coarse(ulong seed, int count)
    {
        var generator = new Generator(seed, "coarse");
        var (open, high, low, close, volume) = (new double[count], new double[count], new double[count], new double[count], new double[count]);
        var price = 100.0;
        for (var i = 0; i < count; i++)
        {
            open[i] = price;
            price = Math.Clamp(price + generator.NextInt(3) - 1, 80, 120);
            close[i] = price;

            // Ranges of 0, 1 and 2: what is divided by them stays exact, so that sums are 0 where they should be.
            var above = generator.NextInt(2);
            var below = generator.NextInt(2);
            high[i] = Math.Max(open[i], close[i]) + above;
            low[i] = Math.Min(open[i], close[i]) - (close[i] == open[i] || above == 0 ? below : 0);
            volume[i] = i is > 200 and < 260 ? 0.0 : generator.NextInt(4);
        }

        return Of(open, high, low, close, volume);
    }

    public static BarSeries Constant(double price, int count)
    {
        var column = new double[count];
        Array.Fill(column, price);
        return Of(column, column, column, column, column);
    }

    /// <summary>Every price times <paramref name="factor"/>.</summary>
    public static BarSeries Scaled(BarSeries bars, double factor) => Of(
        Map(bars.Open, x => x * factor), Map(bars.High, x => x * factor), Map(bars.Low, x => x * factor), Map(bars.Close, x => x * factor), bars.Volume.ToArray());

    /// <summary>Every volume times <paramref name="factor"/>.</summary>
    public static BarSeries WithVolumeTimes(BarSeries bars, double factor)
        => Of(bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), bars.Close.ToArray(), Map(bars.Volume, x => x * factor));

    /// <summary>Bar <paramref name="at"/> without prices.</summary>
    public static BarSeries WithGap(BarSeries bars, int at)
    {
        return Of(Hole(bars.Open), Hole(bars.High), Hole(bars.Low), Hole(bars.Close), Hole(bars.Volume));

        double[] Hole(ReadOnlySpan<double> column)
        {
            var copy = column.ToArray();
            copy[at] = double.NaN;
            return copy;
        }
    }

    /// <summary>The same bars up to and with <paramref name="last"/>; other ones after it.</summary>
    public static BarSeries ChangedAfter(BarSeries bars, int last)
    {
        return Of(Change(bars.Open), Change(bars.High), Change(bars.Low), Change(bars.Close), Change(bars.Volume));

        double[] Change(ReadOnlySpan<double> column)
        {
            var copy = column.ToArray();
            for (var i = last + 1; i < copy.Length; i++)
            {
                copy[i] *= 3.0;
            }

            return copy;
        }
    }

    public static BarSeries Of(double[] open, double[] high, double[] low, double[] close, double[] volume)
        => new("TEST", Timeframe.OneHour, [.. Enumerable.Range(0, open.Length).Select(i => i * 3_600_000L)], open, high, low, close, volume);

    private static double[] Map(ReadOnlySpan<double> column, Func<double, double> f) => [.. column.ToArray().Select(f)];
}
