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
            IndicatorParameter.Integer("fast_period", 12, 1, 100, "window of the fast EMA, shorter than slow_period"),
            IndicatorParameter.Integer("slow_period", 26, 1, 200, "window of the slow EMA"),
            IndicatorParameter.Integer("signal_period", 9, 1, 50, "window of the EMA of the line"),
            PriceSource.Parameter,
        ],
        ["line", "signal", "histogram"],
        a => a.Int("slow_period") + a.Int("signal_period") - 2,
        Runs.OverSource(Compute),
        Check);

    private static void Compute(ReadOnlySpan<double> x, IndicatorArguments arguments, Lines y)
    {
        var slow = arguments.Int("slow_period");
        var line = y.First;
        var signal = y.Second;
        var histogram = y.Third;
        MovingAverages.Exponentially(x, arguments.Int("fast_period"), line);
        MovingAverages.Exponentially(x, slow, signal);
        Elementwise.Subtract(line, signal, line);
        var first = Math.Min(slow - 1, x.Length);
        MovingAverages.Exponentially(line[first..], arguments.Int("signal_period"), signal[first..]);
        Elementwise.Subtract(line, signal, histogram);
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
                Allowed = slow > 1 ? $"a whole number from 1 to {slow - 1}" : "a longer slow_period",
            });
        }
    }
}
