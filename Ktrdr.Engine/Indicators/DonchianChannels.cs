namespace Ktrdr.Engine.Indicators;

/// <summary>Donchian channel over the bars before the current one, so that a close can break out of it.</summary>
internal static class DonchianChannels
{
    public static IndicatorType Type { get; } = new(
        "donchianchannels",
        ["donchian", "donchian_channels"],
        "volatility",
        "Highest high (upper), lowest low (lower) and their mean (middle) of the previous period bars, the current one excluded, in price units.",
        [
            IndicatorParameter.Integer("period", 20, 2, 500, "bars before the current one"),
            IndicatorParameter.Flag("include_middle", true, "kept for older documents: middle is computed in any case"),
        ],
        ["upper", "middle", "lower"],
        a => a.Int("period"),
        Runs.Over(Inputs.HighLow, (in Stretch bars, IndicatorArguments a, Lines y) => Compute(bars.High, bars.Low, a.Int("period"), y)),
        (a, path, problems) =>
        {
            if (!a.Flag("include_middle"))
            {
                problems.Add(new Problem(
                    "no_effect", $"{path}.include_middle", $"{path}.include_middle = false has no effect: middle is computed in any case; leave it out")
                {
                    Value = "false",
                    Allowed = "true",
                    Severity = ProblemSeverity.Warning,
                });
            }
        },
        isWindowed: true);

    private static void Compute(ReadOnlySpan<double> high, ReadOnlySpan<double> low, int period, Lines y)
    {
        var upper = y.First;
        var middle = y.Second;
        var lower = y.Third;
        upper[0] = double.NaN;
        lower[0] = double.NaN;
        RollingWindow.Max(high[..^1], period, upper[1..]);
        RollingWindow.Min(low[..^1], period, lower[1..]);
        Elementwise.Middle(upper, lower, middle);
    }
}
