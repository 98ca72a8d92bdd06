namespace Ktrdr.Engine.Indicators;

/// <summary>The bar's volume over its own mean.</summary>
internal static class VolumeRatio
{
    public static IndicatorType Type { get; } = new(
        "volumeratio",
        ["volume_ratio"],
        "volume",
        "Volume of the bar over the mean volume of the last period bars, this one included: 1 is usual, also where nothing was traded in the whole window.",
        [IndicatorParameter.Integer("period", 20, 2, 100, "window of the mean")],
        [],
        a => a.Int("period") - 1,
        Runs.Over(Inputs.Volume, (in Stretch bars, IndicatorArguments a, Lines y) => Compute(bars.Volume, a.Int("period"), y.First)),
        readsVolume: true,
        isWindowed: true);

    private static void Compute(ReadOnlySpan<double> volume, int period, Span<double> y)
    {
        RollingWindow.Mean(volume, period, y);
        for (var i = 0; i < y.Length; i++)
        {
            y[i] = y[i] == 0.0 ? 1.0 : volume[i] / y[i];
        }
    }
}
