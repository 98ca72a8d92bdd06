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

    /// <summary>A series for every other instrument that a strategy reads.</summary>
    public static Dictionary<string, BarSeries> ContextOf(StrategyDocument document) => document.ContextData.Where(c => c.Provider == ContextProvider.Ib)
        .ToDictionary(c => c.Symbol!, c => Random(Timeframe.Parse(c.Timeframe!), 300, 7, c.Symbol!));

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

    /// <summary>Some of the bars.</summary>
    public static BarSeries Pick(BarSeries bars, Func<int, bool> keep)
    {
        int[] kept = [.. Enumerable.Range(0, bars.Count).Where(keep)];
        return new BarSeries(
            bars.Symbol, bars.Timeframe, Of(bars.Times, kept), Of(bars.Open, kept), Of(bars.High, kept), Of(bars.Low, kept), Of(bars.Close, kept), Of(bars.Volume, kept));

        static T[] Of<T>(ReadOnlySpan<T> values, int[] rows)
        {
            var picked = new T[rows.Length];
            for (var i = 0; i < rows.Length; i++)
            {
                picked[i] = values[rows[i]];
            }

            return picked;
        }
    }

    /// <summary>Every other bar in [start, end) at other prices.</summary>
    public static BarSeries Changed(BarSeries bars, int start, int end, double factor = 3)
    {
        return bars.WithPrices(Change(bars.Open), Change(bars.High), Change(bars.Low), Change(bars.Close), bars.Volume.ToArray());

        double[] Change(ReadOnlySpan<double> prices)
        {
            var changed = prices.ToArray();
            for (var i = start; i < end; i++)
            {
                changed[i] *= i % 2 == 0 ? factor : 1;
            }

            return changed;
        }
    }
}
