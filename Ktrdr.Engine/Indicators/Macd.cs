namespace Ktrdr.Engine.Indicators;

/// <summary>Moving average convergence/divergence (Appel): the difference of two EMAs, its own EMA, and their difference.</summary>
internal static class Macd
{
    public static IndicatorType Type { get; } = new(
        "macd",
        [],
        "trend",
        "Difference of a fast and a slow EMA (line), its EMA (signal) and line minus signal (histogram), in the unit of its source.",
        [
            IndicatorParameter.Integer("fast_period", 12, 1, 500, "window of the fast EMA, shorter than slow_period"),
            IndicatorParameter.Integer("slow_period", 26, 2, 1000, "window of the slow EMA"),
            IndicatorParameter.Integer("signal_period", 9, 1, 500, "window of the EMA of the line"),
            PriceSource.Parameter,
        ],
        ["line", "signal", "histogram"],
        a => a.Int("slow_period") + a.Int("signal_period") - 2,
        Runs.OverSource(Compute),
        Check);

    private static void Compute(ReadOnlySpan<double> x, IndicatorArguments arguments, Lines y)
    {
        var slow = arguments.Int("slow_period");
        MovingAverages.Exponentially(x, arguments.Int("fast_period"), y.First);
        MovingAverages.Exponentially(x, slow, y.Second);
        for (var i = 0; i < x.Length; i++)
        {
            y.First[i] -= y.Second[i];
        }

        var first = Math.Min(slow - 1, x.Length);
        MovingAverages.Exponentially(y.First[first..], arguments.Int("signal_period"), y.Second[first..]);
        for (var i = 0; i < x.Length; i++)
        {
            y.Third[i] = y.First[i] - y.Second[i];
        }
    }

    private static void Check(IndicatorArguments arguments, string path, List<Problem> problems)
    {
        var fast = arguments.Int("fast_period");
        var slow = arguments.Int("slow_period");
        if (fast >= slow)
        {
            problems.Add(new Problem(
                "invalid_parameter",
                $"{path}.fast_period",
                $"{path}.fast_period = {fast} is not shorter than slow_period = {slow}; allowed: fast_period < slow_period")
            {
                Value = fast.ToString(),
                Allowed = $"a whole number from 1 to {slow - 1}",
            });
        }
    }
}
