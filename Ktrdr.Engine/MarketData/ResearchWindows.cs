namespace Ktrdr.Engine.MarketData;

/// <summary>A stretch of a series by index [<paramref name="Start"/>, <paramref name="EndExclusive"/>).</summary>
/// <param name="Name">train, validation, test or sealed.</param>
/// <param name="Start">First bar.</param>
/// <param name="EndExclusive">First bar after the window.</param>
/// <param name="StartTime">Stamp of the first bar, Unix milliseconds UTC.</param>
/// <param name="EndTime">End, exclusive: the stamp of the first bar after the window or, at the end of the series, the time its last bar is complete.</param>
public sealed record WindowRange(string Name, int Start, int EndExclusive, long StartTime, long EndTime)
{
    public int Count => EndExclusive - Start;
}

/// <summary>
/// The four windows of a research campaign, oldest to newest: train 50 %, validation 15 %, test 15 %, sealed 20 % of the bars.
/// They touch; whoever trains purges labels that reach over a border.
/// </summary>
public sealed record ResearchWindows(WindowRange Train, WindowRange Validation, WindowRange Test, WindowRange Sealed)
{
    /// <summary>Fewer bars than this leave a window without a bar worth speaking of.</summary>
    public const int MinimumBars = 20;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<WindowRange> All => [Train, Validation, Test, Sealed];

    /// <exception cref="InvalidInputException">The series has fewer than <see cref="MinimumBars"/> bars.</exception>
    public static ResearchWindows Of(BarSeries bars)
    {
        if (bars.Count < MinimumBars)
        {
            throw new InvalidInputException(new Problem(
                "too_few_bars", "bars", $"{bars.Symbol} {bars.Timeframe} has {Counted.Of(bars.Count, "bar")}; allowed: at least {MinimumBars} to cut research windows from"));
        }

        var validation = (int)(bars.Count * 50L / 100);
        var test = (int)(bars.Count * 65L / 100);
        var reserved = (int)(bars.Count * 80L / 100);
        return new ResearchWindows(
            Range("train", 0, validation),
            Range("validation", validation, test),
            Range("test", test, reserved),
            Range("sealed", reserved, bars.Count));

        WindowRange Range(string name, int start, int end) => new(
            name, start, end, bars.Times[start], end < bars.Count ? bars.Times[end] : bars.AvailableAt(bars.Count - 1));
    }
}
