namespace Ktrdr.Engine.Indicators;

/// <summary>Chaikin money flow, with what the original derives from it.</summary>
internal static class ChaikinMoneyFlow
{
    private const int MomentumBars = 5;
    private const int SignalBars = 9;

    public static IndicatorType Type { get; } = new(
        "cmf",
        ["chaikin_money_flow"],
        "volume",
        "Money flow volume over volume of the last period bars (cmf, -1 to 1, undefined where nothing was traded), the bar's own multiplier and flow volume, cmf's change over 5 bars (momentum), its EMA over 9 (signal), their difference (histogram), and 1 or 0 for its side of zero.",
        [IndicatorParameter.Integer("period", 21, 2, 500, "window in bars")],
        ["cmf", "mf_multiplier", "mf_volume", "momentum", "signal", "histogram", "above_zero", "below_zero"],
        a => a.Int("period") - 1 + Math.Max(MomentumBars, SignalBars - 1),
        Runs.Over(Inputs.Bars | Inputs.Volume, (in Stretch bars, IndicatorArguments a, Lines y) => Compute(bars, a.Int("period"), y)),
        readsVolume: true);

    private static void Compute(in Stretch bars, int period, Lines y)
    {
        var cmf = y[0];
        var multiplier = y[1];
        var flow = y[2];
        var momentum = y[3];
        var signal = y[4];
        var histogram = y[5];
        var above = y[6];
        var below = y[7];
        MoneyFlow.Of(bars, multiplier, flow);
        RollingWindow.Sum(flow, period, cmf);
        RollingWindow.Sum(bars.Volume, period, above);
        for (var i = 0; i < cmf.Length; i++)
        {
            cmf[i] = above[i] == 0.0 ? double.NaN : cmf[i] / above[i];
            above[i] = double.IsNaN(cmf[i]) ? double.NaN : cmf[i] > 0.0 ? 1.0 : 0.0;
            below[i] = double.IsNaN(cmf[i]) ? double.NaN : cmf[i] < 0.0 ? 1.0 : 0.0;
        }

        Momentum.Compute(cmf, MomentumBars, momentum);

        // A window without volume interrupts cmf: its average starts again after it.
        signal.Fill(double.NaN);
        for (int start = 0, end = 0; Stretch.Next(cmf, ref start, ref end);)
        {
            MovingAverages.Exponentially(cmf[start..end], SignalBars, signal[start..end]);
        }

        Elementwise.Subtract(cmf, signal, histogram);
    }
}
