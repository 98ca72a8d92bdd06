namespace Ktrdr.Engine.Indicators;

/// <summary>Ichimoku kinko hyo (Hosoda): the values known at each bar, none drawn ahead or back.</summary>
internal static class Ichimoku
{
    public static IndicatorType Type { get; } = new(
        "ichimoku",
        [],
        "trend",
        "Middles of the ranges of tenkan_period (tenkan), kijun_period (kijun) and senkou_b_period bars (senkou_b), the mean of the first two (senkou_a) and the close (chikou), in price units, all as known at the bar: nothing is displaced.",
        [
            IndicatorParameter.Integer("tenkan_period", 9, 1, 50, "bars of the conversion line"),
            IndicatorParameter.Integer("kijun_period", 26, 1, 100, "bars of the base line"),
            IndicatorParameter.Integer("senkou_b_period", 52, 1, 200, "bars of the second leading span"),
            IndicatorParameter.Integer("displacement", Displacement, 1, 100, "kept for older documents: charts shift the spans ahead and chikou back by it, values do not move"),
        ],
        ["tenkan", "kijun", "senkou_a", "senkou_b", "chikou"],
        a => Math.Max(a.Int("tenkan_period"), Math.Max(a.Int("kijun_period"), a.Int("senkou_b_period"))) - 1,
        Runs.OverBars(Compute),
        (a, path, problems) =>
        {
            if (a.Int("displacement") != Displacement)
            {
                problems.Add(new Problem(
                    "no_effect", $"{path}.displacement", $"{path}.displacement = {a.Int("displacement")} has no effect: values are those known at the bar; leave it out")
                {
                    Value = a.Int("displacement").ToString(),
                    Allowed = Displacement.ToString(),
                    Severity = ProblemSeverity.Warning,
                });
            }
        },
        isWindowed: true);

    private const int Displacement = 26;

    private static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, IndicatorArguments arguments, Lines y)
    {
        var tenkan = y[0];
        var kijun = y[1];
        var senkouA = y[2];
        var senkouB = y[3];
        var chikou = y[4];
        Middle(high, low, arguments.Int("tenkan_period"), chikou, tenkan);
        Middle(high, low, arguments.Int("kijun_period"), chikou, kijun);
        Middle(high, low, arguments.Int("senkou_b_period"), chikou, senkouB);
        Elementwise.Middle(tenkan, kijun, senkouA);
        close.CopyTo(chikou);
    }

    private static void Middle(ReadOnlySpan<double> high, ReadOnlySpan<double> low, int period, Span<double> highest, Span<double> middle)
    {
        RollingWindow.Max(high, period, highest);
        RollingWindow.Min(low, period, middle);
        Elementwise.Middle(highest, middle, middle);
    }
}
