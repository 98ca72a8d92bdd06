using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Features;

/// <summary>Random bars around 1.1, the wider timeframes made of the same path.</summary>
internal static class TestBars
{
    /// <summary>2020-01-06, a Monday, 00:00 UTC.</summary>
    public const long Start = 1_578_268_800_000;

    /// <summary>Bars for every timeframe of a strategy, <paramref name="count"/> on the narrowest.</summary>
    public static Dictionary<string, BarSeries> Of(StrategyDocument document, int count, ulong seed = 1)
    {
        var timeframes = document.TrainingData.Timeframes.Select(t => Timeframe.Parse(t)).OrderBy(t => t.Milliseconds).ToArray();
        var narrowest = Random(timeframes[0], count, seed);
        return timeframes.ToDictionary(t => t.Name, t => t == narrowest.Timeframe ? narrowest : Widen(narrowest, t));
    }

    public static BarSeries Random(Timeframe timeframe, int count, ulong seed, string symbol = "EURUSD")
    {
        var random = new Generator(seed, "bars");
        var (times, open, high, low, close, volume) = (new long[count], new double[count], new double[count], new double[count], new double[count], new double[count]);
        var price = 1.1;
        for (var i = 0; i < count; i++)
        {
            times[i] = Start + (i * timeframe.Milliseconds);
            open[i] = price;
            close[i] = price * (1 + (0.001 * random.NextGaussian()));
            high[i] = Math.Max(open[i], close[i]) * (1 + (0.0005 * random.NextDouble()));
            low[i] = Math.Min(open[i], close[i]) * (1 - (0.0005 * random.NextDouble()));
            volume[i] = Math.Floor(1000 * random.NextDouble());
            price = close[i];
        }

        return new BarSeries(symbol, timeframe, times, open, high, low, close, volume);
    }

    /// <summary>Groups bars by the wider timeframe's grid; the last group may be incomplete and is then left out.</summary>
    public static BarSeries Widen(BarSeries bars, Timeframe timeframe)
    {
        var per = (int)(timeframe.Milliseconds / bars.Timeframe.Milliseconds);
        var count = bars.Count / per;
        var (times, open, high, low, close, volume) = (new long[count], new double[count], new double[count], new double[count], new double[count], new double[count]);
        for (var i = 0; i < count; i++)
        {
            var part = bars.Slice(i * per, per);
            (times[i], open[i], close[i]) = (part.Times[0], part.Open[0], part.Close[^1]);
            (high[i], low[i]) = (part.High.ToArray().Max(), part.Low.ToArray().Min());
            volume[i] = part.Volume.ToArray().Sum();
        }

        return new BarSeries(bars.Symbol, timeframe, times, open, high, low, close, volume);
    }
}
