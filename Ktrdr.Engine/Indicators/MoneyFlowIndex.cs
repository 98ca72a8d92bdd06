namespace Ktrdr.Engine.Indicators;

/// <summary>Money flow index (Quong and Soudack 1989): an RSI of typical prices weighted by volume.</summary>
internal static class MoneyFlowIndex
{
    private const double Balanced = 50.0;

    public static IndicatorType Type { get; } = new(
        "mfi",
        ["money_flow_index"],
        "volume",
        "Share of the money flow (typical price × volume) of the last period bars that came with rising typical prices, 0 to 100; 50 where prices did not move, undefined where nothing was traded.",
        [IndicatorParameter.Integer("period", 14, 1, 100, "bars of the flow")],
        [],
        a => a.Int("period"),
        Runs.Over(Inputs.Bars | Inputs.Volume, (in Stretch bars, IndicatorArguments a, Lines y) => Compute(bars, a.Int("period"), y.First)),
        readsVolume: true,
        isWindowed: true);

    /// <summary>100 − 100/(1 + positive/negative) = 100·positive/(positive + negative); a bar whose typical price did not change counts for neither.</summary>
    private static void Compute(in Stretch bars, int period, Span<double> y)
    {
        y.Fill(double.NaN);
        var count = bars.Length - 1;
        if (count < period)
        {
            return;
        }

        using var scratch = new Scratch(5 * bars.Length);
        var typical = scratch.Take(bars.Length);
        var positive = scratch.Take(count);
        var negative = scratch.Take(count);
        var gains = scratch.Take(count);
        var losses = scratch.Take(count);
        TypicalPrice.Of(bars.High, bars.Low, bars.Close, typical);
        for (var i = 0; i < count; i++)
        {
            var flow = typical[i + 1] * bars.Volume[i + 1];
            positive[i] = typical[i + 1] > typical[i] ? flow : 0.0;
            negative[i] = typical[i + 1] < typical[i] ? flow : 0.0;
        }

        RollingWindow.Sum(positive, period, gains);
        RollingWindow.Sum(negative, period, losses);
        var traded = positive;
        RollingWindow.Sum(bars.Volume[1..], period, traded);
        for (var i = period - 1; i < count; i++)
        {
            var total = gains[i] + losses[i];
            y[i + 1] = total != 0.0 ? 100.0 * gains[i] / total : traded[i] == 0.0 ? double.NaN : Balanced;
        }
    }
}
