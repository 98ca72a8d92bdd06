namespace Ktrdr.Engine.Indicators;

/// <summary>Relative vigor index (Dorsey; Ehlers, Stocks &amp; Commodities 2002): how much of the bars' ranges their bodies made good.</summary>
internal static class RelativeVigor
{
    /// <summary>Bars under the weights 1, 2, 2, 1.</summary>
    private const int Taps = 4;

    public static IndicatorType Type { get; } = new(
        "rvi",
        ["relative_vigor_index"],
        "momentum",
        "Relative vigor: mean of close − open over mean of high − low, both weighted 1-2-2-1 and summed over period bars (-1 to 1, 0 without any range), and its symmetrically weighted mean (signal).",
        [
            IndicatorParameter.Integer("period", 10, 4, 100, "bars summed"),
            IndicatorParameter.Integer("signal_period", 4, 1, 50, "bars of the signal, weights rising to the middle and falling again: 1-2-2-1 for 4"),
        ],
        ["rvi", "signal"],
        a => Taps + a.Int("period") + a.Int("signal_period") - 3,
        Runs.Over(Inputs.Open | Inputs.Bars, (in Stretch bars, IndicatorArguments a, Lines y) => Compute(bars, a.Int("period"), a.Int("signal_period"), y.First, y.Second)),
        isWindowed: true);

    private static void Compute(in Stretch bars, int period, int signalPeriod, Span<double> rvi, Span<double> signal)
    {
        rvi.Fill(double.NaN);
        signal.Fill(double.NaN);
        var count = bars.Length - Taps + 1;
        if (count < period)
        {
            return;
        }

        using var scratch = new Scratch(3 * bars.Length);
        var weighted = scratch.Take(bars.Length)[..count];
        var bodies = scratch.Take(bars.Length)[..count];
        var ranges = scratch.Take(bars.Length)[..count];
        Weigh(bars.Close, bars.Open, weighted);
        RollingWindow.Sum(weighted, period, bodies);
        Weigh(bars.High, bars.Low, weighted);
        RollingWindow.Sum(weighted, period, ranges);
        var values = rvi[(Taps - 1)..];
        for (var i = period - 1; i < count; i++)
        {
            values[i] = ranges[i] == 0.0 ? 0.0 : bodies[i] / ranges[i];
        }

        Signal(values[(period - 1)..], signalPeriod, signal[(Taps + period - 2)..]);
    }

    /// <summary>y[j] = (d[j] + 2·d[j+1] + 2·d[j+2] + d[j+3])/6 with d = a − b.</summary>
    private static void Weigh(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> y)
    {
        var (first, second, third) = (a[0] - b[0], a[1] - b[1], a[2] - b[2]);
        for (var j = 0; j < y.Length; j++)
        {
            var fourth = a[j + 3] - b[j + 3];
            y[j] = (first + 2.0 * (second + third) + fourth) / 6.0;
            (first, second, third) = (second, third, fourth);
        }
    }

    /// <summary>The weight of place k of n is min(k + 1, n − k).</summary>
    private static void Signal(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        var half = (period + 1) / 2;
        var total = (double)half * (period - half + 1);
        for (var i = period - 1; i < x.Length; i++)
        {
            var sum = 0.0;
            for (var k = 0; k < period; k++)
            {
                sum += Math.Min(k + 1, period - k) * x[i - period + 1 + k];
            }

            y[i] = sum / total;
        }
    }
}
