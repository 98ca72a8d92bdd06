namespace Ktrdr.Engine.Indicators;

/// <summary>On-balance volume (Granville 1963).</summary>
internal static class OnBalanceVolume
{
    public static IndicatorType Type { get; } = new(
        "obv",
        ["on_balance_volume"],
        "volume",
        "Sum of the volumes of bars that closed higher less those that closed lower, 0 on the first bar; its level depends on where the data begin.",
        [],
        [],
        _ => 0,
        Runs.Over(Inputs.Close | Inputs.Volume, (in Stretch bars, IndicatorArguments _, Lines y) => Compute(bars.Close, bars.Volume, y.First)),
        readsVolume: true);

    private static void Compute(ReadOnlySpan<double> close, ReadOnlySpan<double> volume, Span<double> y)
    {
        var sum = 0.0;
        y[0] = sum;
        for (var i = 1; i < y.Length; i++)
        {
            var signed = close[i] < close[i - 1] ? -volume[i] : volume[i];
            sum += close[i] == close[i - 1] ? 0.0 : signed;
            y[i] = sum;
        }
    }
}
