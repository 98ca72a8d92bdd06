using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Tests.Indicators;

/// <summary>
/// Every indicator written down from its definition, one window at a time, in the words of its author and without regard to speed:
/// the oracle of the engine's kernels. Undefined is NaN.
/// </summary>
internal static partial class NaiveIndicators
{
    private delegate double At(int t);

    public static double[][] Compute(string type, BarSeries bars, IndicatorArguments a)
    {
        var b = new Columns(bars);
        var x = a.Values.Any(v => v.Key == "source") ? b.Source(a.Choice("source")) : b.Close;
        return type switch
        {
            "simplemovingaverage" => [Sma(x, a.Int("period"))],
            "exponentialmovingaverage" => [a.Flag("adjust") ? AdjustedEma(x, a.Int("period")) : Ema(x, a.Int("period"))],
            "weightedmovingaverage" => [Over(x, a.Int("period"), w => w.Select((v, k) => v * (k + 1)).Sum() / Enumerable.Range(1, w.Length).Sum())],
            "distancefromma" => [Zip(x, a.Choice("ma_type") == "EMA" ? Ema(x, a.Int("period")) : Sma(x, a.Int("period")), (v, m) => 100 * (v / m - 1))],
            "momentum" => [Each(b.Count, t => t < a.Int("period") ? double.NaN : x[t] - x[t - a.Int("period")])],
            "roc" => [Each(b.Count, t => t < a.Int("period") ? double.NaN : 100 * (x[t] / x[t - a.Int("period")] - 1))],
            "rsi" => [Rsi(x, a.Int("period"))],
            "macd" => Macd(x, a.Int("fast_period"), a.Int("slow_period"), a.Int("signal_period")),
            "bollingerbands" => Bollinger(x, a.Int("period"), a.Number("multiplier")),
            "bollingerbandwidth" => [Bandwidth(Bollinger(x, a.Int("period"), a.Number("multiplier")))],
            "atr" => [Atr(b, a.Int("period"))],
            "adx" => Adx(b, a.Int("period")),
            "stochastic" => Stochastic(b, a.Int("k_period"), a.Int("d_period"), a.Int("smooth_k")),
            "williamsr" => [WilliamsR(b, a.Int("period"))],
            "cci" => [Over(b.Typical, a.Int("period"), w => MeanDeviation(w) < 1e-12 ? 0 : (w[^1] - w.Average()) / (0.015 * MeanDeviation(w)))],
            "rvi" => RelativeVigor(b, a.Int("period"), a.Int("signal_period")),
            "fishertransform" => Fisher(b, a.Int("period"), a.Int("smoothing")),
            "aroon" => Aroon(b, a.Int("period")),
            "parabolicsar" => [ParabolicSar(b, a.Number("initial_af"), a.Number("step_af"), a.Number("max_af"))],
            "ichimoku" => Ichimoku(b, a.Int("tenkan_period"), a.Int("kijun_period"), a.Int("senkou_b_period")),
            "supertrend" => SuperTrend(b, a.Int("period"), a.Number("multiplier")),
            "keltnerchannels" => Keltner(b, a.Int("period"), a.Int("atr_period"), a.Number("multiplier")),
            "donchianchannels" => Donchian(b, a.Int("period")),
            "squeezeintensity" => [Squeeze(b, x, a)],
            "obv" => [Obv(b)],
            "vwap" => [Vwap(b, a.Int("period"), a.Flag("use_typical_price") ? b.Typical : b.Close)],
            "mfi" => [Mfi(b, a.Int("period"))],
            "cmf" => Cmf(b, a.Int("period")),
            "adline" => AdLine(b, a.Flag("use_sma_smoothing") ? a.Int("smoothing_period") : 1),
            "volumeratio" => [Zip(b.Volume, Sma(b.Volume, a.Int("period")), (v, m) => m == 0 ? 1 : v / m)],
            "zigzag" => [ZigZag(x, a.Number("threshold"))],
            _ => throw new ArgumentException($"there is no definition of '{type}'", nameof(type)),
        };
    }

    private static double[] Each(int count, At value) => [.. Enumerable.Range(0, count).Select(t => value(t))];

    private static double[] Zip(double[] a, double[] b, Func<double, double, double> f) => [.. a.Zip(b, f)];

    /// <summary>f of the last n values, NaN while there are fewer or one of them is NaN.</summary>
    private static double[] Over(double[] x, int n, Func<double[], double> f) => Each(x.Length, t =>
    {
        if (t < n - 1)
        {
            return double.NaN;
        }

        var window = x[(t - n + 1)..(t + 1)];
        return window.Any(double.IsNaN) ? double.NaN : f(window);
    });

    private static double[] Sma(double[] x, int n) => Over(x, n, w => w.Average());

    /// <summary>y = y + (x − y)·2/(n + 1), begun with the mean of the first n values that are there, and again after a gap.</summary>
    private static double[] Ema(double[] x, int n) => Smooth(x, n, 2.0 / (n + 1));

    /// <summary>Wilder: y = y + (x − y)/n, begun with the mean of the first n.</summary>
    private static double[] Wilder(double[] x, int n) => Smooth(x, n, 1.0 / n);

    private static double[] Smooth(double[] x, int n, double alpha)
    {
        var y = Enumerable.Repeat(double.NaN, x.Length).ToArray();
        var seen = 0;
        for (var t = 0; t < x.Length; t++)
        {
            seen = double.IsNaN(x[t]) ? 0 : seen + 1;
            if (seen == n)
            {
                y[t] = x[(t - n + 1)..(t + 1)].Average();
            }
            else if (seen > n)
            {
                y[t] = y[t - 1] + alpha * (x[t] - y[t - 1]);
            }
        }

        return y;
    }

    private static double[] AdjustedEma(double[] x, int n) => Each(x.Length, t =>
    {
        var weights = Enumerable.Range(0, t + 1).Select(k => Math.Pow(1 - 2.0 / (n + 1), t - k)).ToArray();
        return t < n - 1 ? double.NaN : weights.Zip(x, (w, v) => w * v).Sum() / weights.Sum();
    });

    private static double[] Rsi(double[] x, int n)
    {
        var up = Wilder(Each(x.Length, t => t == 0 ? double.NaN : Math.Max(0, x[t] - x[t - 1])), n);
        var down = Wilder(Each(x.Length, t => t == 0 ? double.NaN : Math.Max(0, x[t - 1] - x[t])), n);
        return Zip(up, down, (u, d) => u == 0 && d == 0 ? 50 : d == 0 ? 100 : 100 - 100 / (1 + u / d));
    }

    private static double[][] Macd(double[] x, int fast, int slow, int signalPeriod)
    {
        var line = Zip(Ema(x, fast), Ema(x, slow), (f, s) => f - s);
        var signal = Ema(line, signalPeriod);
        return [line, signal, Zip(line, signal, (l, s) => l - s)];
    }

    private static double[][] Bollinger(double[] x, int n, double k)
    {
        var middle = Sma(x, n);
        var deviation = Over(x, n, w => Math.Sqrt(w.Select(v => (v - w.Average()) * (v - w.Average())).Sum() / n));
        return [Zip(middle, deviation, (m, d) => m + k * d), middle, Zip(middle, deviation, (m, d) => m - k * d)];
    }

    private static double[] Bandwidth(double[][] bands) => Each(bands[0].Length, t => (bands[0][t] - bands[2][t]) / bands[1][t]);

    private static double MeanDeviation(double[] w) => w.Select(v => Math.Abs(v - w.Average())).Average();

    private static double[] TrueRange(Columns b) => Each(b.Count, t => t == 0
        ? double.NaN
        : Math.Max(b.High[t] - b.Low[t], Math.Max(Math.Abs(b.High[t] - b.Close[t - 1]), Math.Abs(b.Low[t] - b.Close[t - 1]))));

    private static double[] Atr(Columns b, int n) => Wilder(TrueRange(b), n);

    private static double[][] Adx(Columns b, int n)
    {
        At up = t => b.High[t] - b.High[t - 1];
        At down = t => b.Low[t - 1] - b.Low[t];
        var range = Wilder(TrueRange(b), n);
        var plusMove = Wilder(Each(b.Count, t => t == 0 ? double.NaN : up(t) > down(t) && up(t) > 0 ? up(t) : 0), n);
        var minusMove = Wilder(Each(b.Count, t => t == 0 ? double.NaN : down(t) > up(t) && down(t) > 0 ? down(t) : 0), n);
        var plus = Zip(plusMove, range, (m, r) => r == 0 ? 0 : 100 * m / r);
        var minus = Zip(minusMove, range, (m, r) => r == 0 ? 0 : 100 * m / r);
        return [Wilder(Zip(plus, minus, (p, m) => p + m == 0 ? 0 : 100 * Math.Abs(p - m) / (p + m)), n), plus, minus];
    }

    private static double[][] Stochastic(Columns b, int n, int d, int smooth)
    {
        var (highest, lowest) = (Over(b.High, n, w => w.Max()), Over(b.Low, n, w => w.Min()));
        var raw = Each(b.Count, t => highest[t] == lowest[t] ? 50 : 100 * (b.Close[t] - lowest[t]) / (highest[t] - lowest[t]));
        var k = Sma(raw, smooth);
        return [k, Sma(k, d)];
    }

    private static double[] WilliamsR(Columns b, int n)
    {
        var (highest, lowest) = (Over(b.High, n, w => w.Max()), Over(b.Low, n, w => w.Min()));
        return Each(b.Count, t => highest[t] == lowest[t] ? -50 : -100 * (highest[t] - b.Close[t]) / (highest[t] - lowest[t]));
    }

    private sealed class Columns(BarSeries bars)
    {
        public int Count { get; } = bars.Count;

        public double[] Open { get; } = bars.Open.ToArray();

        public double[] High { get; } = bars.High.ToArray();

        public double[] Low { get; } = bars.Low.ToArray();

        public double[] Close { get; } = bars.Close.ToArray();

        public double[] Volume { get; } = bars.Volume.ToArray();

        public double[] Typical => Each(Count, t => (High[t] + Low[t] + Close[t]) / 3);

        public double[] Source(string name) => name switch
        {
            "open" => Open,
            "high" => High,
            "low" => Low,
            "volume" => Volume,
            "hl2" => Each(Count, t => (High[t] + Low[t]) / 2),
            "hlc3" => Typical,
            "ohlc4" => Each(Count, t => (Open[t] + High[t] + Low[t] + Close[t]) / 4),
            _ => Close,
        };
    }
}
