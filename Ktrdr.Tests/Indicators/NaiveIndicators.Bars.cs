using Ktrdr.Engine.Indicators;

namespace Ktrdr.Tests.Indicators;

internal static partial class NaiveIndicators
{
    private static double[][] RelativeVigor(Columns b, int n, int signalPeriod)
    {
        double Weighted(int t, At d) => (d(t) + 2 * d(t - 1) + 2 * d(t - 2) + d(t - 3)) / 6;
        var bodies = Each(b.Count, t => t < 3 ? double.NaN : Weighted(t, i => b.Close[i] - b.Open[i]));
        var ranges = Each(b.Count, t => t < 3 ? double.NaN : Weighted(t, i => b.High[i] - b.Low[i]));
        var rvi = Zip(Over(bodies, n, w => w.Sum()), Over(ranges, n, w => w.Sum()), (body, range) => range == 0 ? 0 : body / range);
        var weights = Enumerable.Range(0, signalPeriod).Select(k => Math.Min(k + 1, signalPeriod - k)).ToArray();
        return [rvi, Over(rvi, signalPeriod, w => w.Zip(weights, (v, weight) => v * weight).Sum() / weights.Sum())];
    }

    private static double[][] Fisher(Columns b, int n, int smoothing)
    {
        var median = Each(b.Count, t => (b.High[t] + b.Low[t]) / 2);
        var place = new double[b.Count];
        var fisher = new double[b.Count];
        for (var t = 1; t < b.Count; t++)
        {
            var window = median[Math.Max(0, t - n + 1)..(t + 1)];
            var range = window.Max() - window.Min();
            place[t] = range == 0 ? 0 : 0.66 * ((median[t] - window.Min()) / range - 0.5) + 0.67 * place[t - 1];
            place[t] = place[t] > 0.99 ? 0.999 : place[t] < -0.99 ? -0.999 : place[t];
            fisher[t] = Math.Atanh(place[t]) + (1 - 2.0 / (smoothing + 1)) * fisher[t - 1];
        }

        return [fisher, Each(b.Count, t => t == 0 ? double.NaN : fisher[t - 1])];
    }

    private static double[][] Aroon(Columns b, int n)
    {
        var up = Over(b.High, n + 1, w => 100.0 * Array.IndexOf(w, w.Max()) / n);
        var down = Over(b.Low, n + 1, w => 100.0 * Array.IndexOf(w, w.Min()) / n);
        return [up, down, Zip(up, down, (u, d) => u - d)];
    }

    private static double[] ParabolicSar(Columns b, double initial, double step, double maximum)
    {
        var sar = Enumerable.Repeat(double.NaN, b.Count).ToArray();
        initial = Math.Min(initial, maximum);
        var (rising, current, extreme, acceleration) = (true, b.Low.FirstOrDefault(), b.High.FirstOrDefault(), initial);
        for (var t = 1; t < b.Count; t++)
        {
            current += acceleration * (extreme - current);
            for (var back = 1; back <= 2 && t > 1; back++)
            {
                current = rising ? Math.Min(current, b.Low[t - back]) : Math.Max(current, b.High[t - back]);
            }

            var crossed = rising ? b.Low[t] < current : b.High[t] > current;
            if (crossed)
            {
                current = extreme;
                rising = !rising;
                acceleration = initial;
                extreme = rising ? b.High[t] : b.Low[t];
            }
            else if (rising && b.High[t] > extreme)
            {
                extreme = b.High[t];
                acceleration = Math.Min(maximum, acceleration + step);
            }
            else if (!rising && b.Low[t] < extreme)
            {
                extreme = b.Low[t];
                acceleration = Math.Min(maximum, acceleration + step);
            }

            sar[t] = current;
        }

        return sar;
    }

    private static double[] MiddleOfRange(Columns b, int n) => Zip(Over(b.High, n, w => w.Max()), Over(b.Low, n, w => w.Min()), (h, l) => (h + l) / 2);

    private static double[][] Ichimoku(Columns b, int tenkanPeriod, int kijunPeriod, int senkouPeriod)
    {
        var (tenkan, kijun) = (MiddleOfRange(b, tenkanPeriod), MiddleOfRange(b, kijunPeriod));
        return [tenkan, kijun, Zip(tenkan, kijun, (x, y) => (x + y) / 2), MiddleOfRange(b, senkouPeriod), b.Close];
    }

    private static double[][] SuperTrend(Columns b, int n, double multiplier)
    {
        var atr = Atr(b, n);
        var (trend, direction) = (Enumerable.Repeat(double.NaN, b.Count).ToArray(), Enumerable.Repeat(double.NaN, b.Count).ToArray());
        var (upper, lower) = (double.NaN, double.NaN);
        for (var t = n; t < b.Count; t++)
        {
            var middle = (b.High[t] + b.Low[t]) / 2;
            var (basicUpper, basicLower) = (middle + multiplier * atr[t], middle - multiplier * atr[t]);
            upper = t == n || basicUpper < upper || b.Close[t - 1] > upper ? basicUpper : upper;
            lower = t == n || basicLower > lower || b.Close[t - 1] < lower ? basicLower : lower;
            var wasUp = t == n ? b.Close[t] >= middle : direction[t - 1] > 0;
            var isUp = wasUp ? b.Close[t] > lower : b.Close[t] > upper;
            direction[t] = isUp ? 1 : -1;
            trend[t] = isUp ? lower : upper;
        }

        return [trend, direction];
    }

    private static double[][] Keltner(Columns b, int n, int atrPeriod, double k)
    {
        var (middle, atr) = (Ema(b.Close, n), Atr(b, atrPeriod));
        return [Zip(middle, atr, (m, r) => m + k * r), middle, Zip(middle, atr, (m, r) => m - k * r)];
    }

    private static double[][] Donchian(Columns b, int n)
    {
        double[] Before(double[] x) => Each(b.Count, t => t == 0 ? double.NaN : x[t - 1]);
        var (upper, lower) = (Before(Over(b.High, n, w => w.Max())), Before(Over(b.Low, n, w => w.Min())));
        return [upper, Zip(upper, lower, (u, l) => (u + l) / 2), lower];
    }

    private static double[] Squeeze(Columns b, double[] x, IndicatorArguments a)
    {
        var bands = Bollinger(x, a.Int("bb_period"), a.Number("bb_multiplier"));
        var channel = Keltner(b, a.Int("kc_period"), 10, a.Number("kc_multiplier"));
        return Each(b.Count, t =>
        {
            var width = channel[0][t] - channel[2][t];
            return width == 0 ? 0 : Math.Max(0, Math.Min((channel[0][t] - bands[0][t]) / width, (bands[2][t] - channel[2][t]) / width));
        });
    }

    private static double[] Obv(Columns b)
    {
        var obv = new double[b.Count];
        for (var t = 1; t < b.Count; t++)
        {
            obv[t] = obv[t - 1] + Math.Sign(b.Close[t] - b.Close[t - 1]) * b.Volume[t];
        }

        return obv;
    }

    private static double[] Vwap(Columns b, int n, double[] price) => Each(b.Count, t =>
    {
        var from = n == 0 ? 0 : t - n + 1;
        if (from < 0)
        {
            return double.NaN;
        }

        var traded = b.Volume[from..(t + 1)].Sum();
        return traded == 0 ? double.NaN : Enumerable.Range(from, t + 1 - from).Sum(i => price[i] * b.Volume[i]) / traded;
    });

    private static double[] Mfi(Columns b, int n) => Each(b.Count, t =>
    {
        if (t < n)
        {
            return double.NaN;
        }

        var typical = b.Typical;
        var bars = Enumerable.Range(t - n + 1, n).ToArray();
        var positive = bars.Where(i => typical[i] > typical[i - 1]).Sum(i => typical[i] * b.Volume[i]);
        var negative = bars.Where(i => typical[i] < typical[i - 1]).Sum(i => typical[i] * b.Volume[i]);
        return bars.All(i => b.Volume[i] == 0) ? double.NaN : positive == 0 && negative == 0 ? 50 : negative == 0 ? 100 : 100 - 100 / (1 + positive / negative);
    });

    private static double[] Multiplier(Columns b) => Each(b.Count, t =>
        b.High[t] == b.Low[t] ? 0 : ((b.Close[t] - b.Low[t]) - (b.High[t] - b.Close[t])) / (b.High[t] - b.Low[t]));

    private static double[][] Cmf(Columns b, int n)
    {
        var multiplier = Multiplier(b);
        var flow = Zip(multiplier, b.Volume, (m, v) => m * v);
        var cmf = Zip(Over(flow, n, w => w.Sum()), Over(b.Volume, n, w => w.Sum()), (f, v) => v == 0 ? double.NaN : f / v);
        var momentum = Each(b.Count, t => t < 5 ? double.NaN : cmf[t] - cmf[t - 5]);
        var signal = Ema(cmf, 9);
        double[] Side(Func<double, bool> test) => [.. cmf.Select(c => double.IsNaN(c) ? double.NaN : test(c) ? 1.0 : 0.0)];
        return [cmf, multiplier, flow, momentum, signal, Zip(cmf, signal, (c, s) => c - s), Side(c => c > 0), Side(c => c < 0)];
    }

    private static double[][] AdLine(Columns b, int smoothing)
    {
        var multiplier = Multiplier(b);
        var flow = Zip(multiplier, b.Volume, (m, v) => m * v);
        var line = Each(b.Count, t => flow[..(t + 1)].Sum());
        var mean = Sma(line, 50);
        return
        [
            Sma(line, smoothing),
            multiplier,
            flow,
            Each(b.Count, t => t < 10 || line[t - 10] == 0 ? double.NaN : 100 * (line[t] - line[t - 10]) / line[t - 10]),
            Each(b.Count, t => t < 21 ? double.NaN : line[t] - line[t - 21]),
            Each(b.Count, t => mean[t] == 0 ? double.NaN : 100 * (line[t] - mean[t]) / mean[t]),
        ];
    }

    /// <summary>A turning point is the last extreme before a move back by the threshold; the first direction is that of the first move of the threshold from an extreme so far.</summary>
    private static double[] ZigZag(double[] x, double threshold)
    {
        var y = Enumerable.Repeat(double.NaN, x.Length).ToArray();
        var (from, up) = (0, (bool?)null);
        for (var t = 0; t < x.Length; t++)
        {
            var part = x[from..(t + 1)];
            var (top, bottom) = (from + Array.IndexOf(part, part.Max()), from + Array.IndexOf(part, part.Min()));
            if (up != false && (x[top] - x[t]) / x[top] >= threshold)
            {
                (y[top], from, up) = (x[top], t, false);
            }
            else if (up != true && (x[t] - x[bottom]) / x[bottom] >= threshold)
            {
                (y[bottom], from, up) = (x[bottom], t, true);
            }
        }

        if (up is { } rising)
        {
            var part = x[from..];
            var last = from + Array.IndexOf(part, rising ? part.Max() : part.Min());
            y[last] = x[last];
        }

        return y;
    }
}
