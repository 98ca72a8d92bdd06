namespace Ktrdr.Engine.Indicators;

/// <summary>Aroon (Chande 1995): how long ago the extremes of the last period + 1 bars were.</summary>
internal static class Aroon
{
    public static IndicatorType Type { get; } = new(
        "aroon",
        [],
        "trend",
        "How recent the highest high (up) and the lowest low (down) of the last period + 1 bars are, 0 (period bars ago) to 100 (now), and up − down (oscillator, -100 to 100); of equal extremes the earliest counts.",
        [
            IndicatorParameter.Integer("period", 14, 1, 200, "bars back from the current one"),
            IndicatorParameter.Flag("include_oscillator", false, "kept for older documents: the oscillator is computed in any case"),
        ],
        ["up", "down", "oscillator"],
        a => a.Int("period"),
        Runs.Over(Inputs.HighLow, (in Stretch bars, IndicatorArguments a, Lines y) =>
        {
            Recency<Maximum>(bars.High, a.Int("period"), y.First);
            Recency<Minimum>(bars.Low, a.Int("period"), y.Second);
            Elementwise.Subtract(y.First, y.Second, y.Third);
        }));

    /// <summary>Keeps the place of the extreme; looks for it anew only when it has left the window.</summary>
    private static void Recency<TFold>(ReadOnlySpan<double> x, int period, Span<double> y)
        where TFold : struct, IFold
    {
        y[..Math.Min(period, y.Length)].Fill(double.NaN);
        if (x.Length <= period)
        {
            return;
        }

        var at = FirstExtreme<TFold>(x, 0, period);
        for (var i = period; i < x.Length; i++)
        {
            if (at < i - period)
            {
                at = FirstExtreme<TFold>(x, i - period, i);
            }
            else if (x[i] != x[at] && TFold.Apply(x[i], x[at]) == x[i])
            {
                at = i;
            }

            y[i] = 100.0 * (period - (i - at)) / period;
        }
    }

    /// <summary>The first place of the extreme of x[from .. to], both inclusive.</summary>
    private static int FirstExtreme<TFold>(ReadOnlySpan<double> x, int from, int to)
        where TFold : struct, IFold
    {
        var at = from;
        for (var i = from + 1; i <= to; i++)
        {
            if (x[i] != x[at] && TFold.Apply(x[i], x[at]) == x[i])
            {
                at = i;
            }
        }

        return at;
    }
}
