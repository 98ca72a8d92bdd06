namespace Ktrdr.Engine.Labels;

/// <summary>The rows of one series as a split sees them.</summary>
/// <param name="Times">Time per bar, strictly rising: stamps, or mere indices where there is only one series.</param>
/// <param name="Labels">Labels of the whole series.</param>
/// <param name="Ready">Per bar, whether its features are complete; null: all are.</param>
/// <param name="Start">First bar of the window.</param>
/// <param name="EndExclusive">First bar that no part may see, not even through a label.</param>
/// <param name="Embargo">Bars of this series that are left out on either side of what is held out.</param>
/// <param name="FirstRow">Row number of the first bar.</param>
internal sealed record SplitSeries(long[] Times, LabelSeries Labels, bool[]? Ready, int Start, int EndExclusive, int Embargo, int FirstRow)
{
    /// <summary>Whether <see cref="Times"/> are Unix milliseconds UTC.</summary>
    public bool IsStamped { get; init; }

    /// <summary>Bars that the strategy wants before the first usable row; 0 where the indicators' warm-up alone decides.</summary>
    public int History { get; init; }

    /// <summary>The embargo that the strategy asks for; null: none.</summary>
    public int? AskedEmbargo { get; init; }

    /// <summary>Has a label that is known inside the window, and complete features.</summary>
    public bool IsUsable(int i) => IsLabelled(i) && Labels.End[i] < EndExclusive;

    public bool IsLabelled(int i) => Labels.IsDefined(i) && (Ready is null || Ready[i]);

    /// <summary>Bars of the window inside a stretch of time.</summary>
    public BarRange Inside(TimeRange range)
    {
        var start = Math.Clamp(LowerBound(range.Start), Start, EndExclusive);
        return new BarRange(start, Math.Clamp(LowerBound(range.EndExclusive), start, EndExclusive));
    }

    /// <summary>First bar whose time is at or after a time.</summary>
    public int LowerBound(long time)
    {
        var at = Array.BinarySearch(Times, time);
        return at < 0 ? ~at : at;
    }

    /// <summary>The distinct times of the windows of all series, rising.</summary>
    public static long[] Timeline(IReadOnlyList<SplitSeries> all)
    {
        if (all.Count == 1)
        {
            return all[0].Times[all[0].Start..all[0].EndExclusive];
        }

        var times = new SortedSet<long>();
        foreach (var series in all)
        {
            times.UnionWith(series.Times[series.Start..series.EndExclusive]);
        }

        return [.. times];
    }
}
