namespace Ktrdr.Engine.Indicators;

/// <summary>Relative strength index (Wilder, New Concepts in Technical Trading Systems, 1978).</summary>
internal static class Rsi
{
    public static IndicatorType Type { get; } = new(
        "rsi",
        [],
        "momentum",
        "Relative strength index with Wilder's smoothing: 0 to 100, 50 where prices did not move at all.",
        [IndicatorParameter.Integer("period", 14, 2, 100, "bars of Wilder's smoothing"), PriceSource.Parameter],
        [],
        a => a.Int("period"),
        Runs.OverSource((x, a, y) => Compute(x, a.Int("period"), y.First)));

    /// <summary>Seed at index <paramref name="period"/>: the mean gain and loss of the first period changes; afterwards avg += (change − avg)/period.</summary>
    private static void Compute(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        y[..Math.Min(period, y.Length)].Fill(double.NaN);
        if (x.Length <= period)
        {
            return;
        }

        var (gain, loss) = (0.0, 0.0);
        for (var i = 1; i <= period; i++)
        {
            var change = x[i] - x[i - 1];
            gain += double.MaxNative(change, 0.0);
            loss += double.MaxNative(-change, 0.0);
        }

        gain /= period;
        loss /= period;
        y[period] = Index(gain, loss);

        var keep = (period - 1.0) / period;
        var take = 1.0 / period;
        var now = x[(period + 1)..];
        var before = x.Slice(period, now.Length);
        var output = y.Slice(period + 1, now.Length);
        for (var i = 0; i < now.Length; i++)
        {
            var change = now[i] - before[i];
            gain = Math.FusedMultiplyAdd(keep, gain, take * double.MaxNative(change, 0.0));
            loss = Math.FusedMultiplyAdd(keep, loss, take * double.MaxNative(-change, 0.0));
            output[i] = Index(gain, loss);
        }
    }

    /// <summary>100 − 100/(1 + gain/loss), written without the division by zero.</summary>
    private static double Index(double gain, double loss)
    {
        var total = gain + loss;
        return total == 0.0 ? 50.0 : 100.0 * gain / total;
    }
}
