using System.Globalization;

namespace Ktrdr.Engine.Labels;

/// <summary>Says of a part without a single row which part of which fold it is, where its bars went, how many it would take, and which keys of the document decide that.</summary>
internal static class EmptySplit
{
    /// <param name="part">training, validation or test.</param>
    /// <param name="ranges">Stretches of the part.</param>
    /// <param name="plan">The split it is a part of.</param>
    /// <param name="all">Every series.</param>
    /// <param name="isHeldApart">Whether rows of other parts are kept clear of.</param>
    public static InvalidInputException Of(string part, IReadOnlyList<TimeRange> ranges, PlannedSplit plan, IReadOnlyList<SplitSeries> all, bool isHeldApart)
    {
        var (bars, unready, unlabelled, reach) = (0, 0, 0, int.MaxValue);
        foreach (var series in all)
        {
            foreach (var inside in ranges.Select(series.Inside))
            {
                bars += inside.Count;
                for (var i = inside.Start; i < inside.EndExclusive; i++)
                {
                    var isReady = series.Ready is null || series.Ready[i];
                    unready += isReady ? 0 : 1;
                    unlabelled += isReady && !series.Labels.IsDefined(i) ? 1 : 0;
                    reach = series.IsLabelled(i) ? Math.Min(reach, series.Labels.End[i] - i) : reach;
                }
            }
        }

        var (history, embargo) = (all.Max(s => s.History), isHeldApart ? all.Max(s => s.Embargo) : 0);
        var needed = Math.Max(bars, unready + unlabelled + Math.Max(embargo, reach == int.MaxValue ? 0 : reach)) + 1;
        List<string> lost = [];
        List<string> changes = [];
        if (unready > 0)
        {
            lost.Add($"{unready} without complete features" + (history > 0 ? $" (training_data.history_required is {history})" : " (the indicators' warm-up)"));
            changes.Add(history > 0 ? $"a training_data.history_required below {history}" : "indicators with shorter periods");
        }

        if (unlabelled > 0)
        {
            lost.Add($"{unlabelled} without a label");
        }

        var apart = bars - unready - unlabelled;
        if (apart > 0)
        {
            lost.Add($"{apart} whose label crosses a border" + (embargo > 0 ? $" or that lie in the embargo of {Counted.Of(embargo, "bar")}" : ""));
        }

        if (unlabelled > 0 || reach is > 1 and < int.MaxValue)
        {
            changes.Add("training.labels that look ahead less far");
        }

        if (apart > 0 && embargo > 0 && all.Any(s => s.AskedEmbargo == embargo))
        {
            changes.Add($"validation.embargo_bars below {embargo}");
        }

        changes.Add(plan.Folds > 0 ? $"validation.folds below {plan.Folds}" : $"a larger share of training.data_split for {part}");
        return new InvalidInputException(new Problem(
            "empty_split",
            part,
            $"no {part} row is left in {Name(plan, all)}: its {part} part{Dates(ranges, all)} has {Counted.Of(bars, "bar")}{(lost.Count > 0 ? ", " + string.Join(", ", lost) : "")}; "
            + $"allowed: at least {needed} bars there, by a longer window, {string.Join(", ", changes)}")
        {
            Value = bars.ToString(CultureInfo.InvariantCulture),
            Allowed = $"at least {needed} bars",
        });
    }

    private static string Name(PlannedSplit plan, IReadOnlyList<SplitSeries> all) =>
        plan.Number == 0 ? "the holdout" : $"fold {plan.Number} of {plan.Count}{(Dates(plan.Test, all) is { Length: > 0 } dates ? $" (tested{dates})" : "")}";

    private static string Dates(IReadOnlyList<TimeRange> ranges, IReadOnlyList<SplitSeries> all) => ranges.Count == 0
        ? ""
        : all[0].IsStamped
        ? $" from {Date(ranges[0].Start)} to {Date(ranges[^1].EndExclusive - 1)}"
        : "";

    private static string Date(long time) => DateTimeOffset.FromUnixTimeMilliseconds(time).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
