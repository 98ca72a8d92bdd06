using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>
/// Splits of labelled rows in time order that keep what one side knows out of the other. Always purged and embargoed: a label that a held-out row's label overlaps in time is dropped, and
/// so are <c>embargo</c> bars on either side. All of them take the labels of the whole series and leave rows without a label, without complete features, or whose label ends at
/// or after the window's end in no part.
/// </summary>
public static class Splits
{
    /// <summary>Most combinations of <see cref="CombinatorialPurged"/>; each is a training.</summary>
    public const int MostCombinations = 1000;

    private const double LeastEmbargoShare = 0.01;

    /// <summary>Bars to leave out beside what is held out: the largest of 1 % of the window, of the longest finite look-back plus the sequence length, and of what was asked for.</summary>
    public static int Embargo(int windowBars, int longestLookBack, int sequenceLength = 1, int? asked = null) =>
        Math.Max(Math.Max((int)Math.Ceiling(windowBars * LeastEmbargoShare), longestLookBack + sequenceLength), asked ?? 0);

    /// <summary>The last part of [<paramref name="start"/>, <paramref name="endExclusive"/>) validates, what comes before trains.</summary>
    /// <param name="labels">Labels of the whole series.</param>
    /// <param name="start">First bar.</param>
    /// <param name="endExclusive">First bar that no part may see, not even through a label.</param>
    /// <param name="validationFraction">Share of the bars that validates, between 0 and 1 exclusive.</param>
    /// <param name="embargo">Bars, 0 or more, see <see cref="Embargo"/>.</param>
    /// <param name="ready">Per bar, whether its features are complete; empty: all are.</param>
    /// <exception cref="InvalidInputException">An argument is out of range, or a part comes out empty.</exception>
    public static RowSplit PurgedHoldout(LabelSeries labels, int start, int endExclusive, double validationFraction, int embargo, ReadOnlySpan<bool> ready = default)
        => Of(new ValidationSpec(ValidationScheme.Holdout), validationFraction, [Series(labels, start, endExclusive, embargo, ready)])[0];

    /// <summary>
    /// The window in <paramref name="folds"/> + 1 stretches of equal length; each but the first is tested by what was trained on everything before it (anchored) or on the stretch before it,
    /// the newest part of which validates.
    /// </summary>
    /// <inheritdoc cref="PurgedHoldout"/>
    public static IReadOnlyList<RowSplit> WalkForward(
        LabelSeries labels, int start, int endExclusive, int folds, double validationFraction, int embargo, bool anchored = true, ReadOnlySpan<bool> ready = default)
        => Of(new ValidationSpec(ValidationScheme.WalkForward, folds, Anchored: anchored), validationFraction, [Series(labels, start, endExclusive, embargo, ready)]);

    /// <summary>Each of <paramref name="folds"/> stretches is tested once by what was trained on the others; the newest part of the others validates.</summary>
    /// <inheritdoc cref="PurgedHoldout"/>
    public static IReadOnlyList<RowSplit> PurgedKFold(
        LabelSeries labels, int start, int endExclusive, int folds, double validationFraction, int embargo, ReadOnlySpan<bool> ready = default)
        => Of(new ValidationSpec(ValidationScheme.PurgedKFold, folds), validationFraction, [Series(labels, start, endExclusive, embargo, ready)]);

    /// <summary>
    /// Every choice of <paramref name="testGroups"/> out of <paramref name="groups"/> stretches is tested by what was trained on the others (López de Prado 2018, §12.4), in lexicographic
    /// order.
    /// </summary>
    /// <inheritdoc cref="PurgedHoldout"/>
    public static IReadOnlyList<RowSplit> CombinatorialPurged(
        LabelSeries labels, int start, int endExclusive, int groups, int testGroups, double validationFraction, int embargo, ReadOnlySpan<bool> ready = default)
        => Of(new ValidationSpec(ValidationScheme.CombinatorialPurged, groups, testGroups), validationFraction, [Series(labels, start, endExclusive, embargo, ready)]);

    /// <summary>First bar of the part that validates.</summary>
    public static int Border(int start, int endExclusive, double validationFraction) => endExclusive - (int)Math.Ceiling((endExclusive - start) * validationFraction);

    /// <summary>What a scheme plans for series that are cut at the same moments.</summary>
    internal static IReadOnlyList<PlannedSplit> Plan(ValidationSpec spec, double validationFraction, IReadOnlyList<SplitSeries> all)
    {
        SplitChecks.Check(spec, validationFraction, all);
        var plan = new SplitPlan(SplitSeries.Timeline(all));
        PlannedSplit[] splits = spec.Scheme switch
        {
            ValidationScheme.Holdout => [plan.Holdout(validationFraction)],
            ValidationScheme.WalkForward => [.. plan.WalkForward(spec.Folds, validationFraction, spec.Anchored)],
            ValidationScheme.PurgedKFold => [.. plan.Combinations(spec.Folds, 1, validationFraction)],
            _ => [.. plan.Combinations(spec.Folds, spec.TestFolds, validationFraction)],
        };
        return spec.Scheme == ValidationScheme.Holdout ? splits : [.. splits.Select((split, i) => split with { Number = i + 1, Count = splits.Length, Folds = spec.Folds })];
    }

    internal static IReadOnlyList<RowSplit> Of(ValidationSpec spec, double validationFraction, IReadOnlyList<SplitSeries> all)
        => [.. Plan(spec, validationFraction, all).Select(p => SplitCutter.Cut(p, all))];

    private static SplitSeries Series(LabelSeries labels, int start, int endExclusive, int embargo, ReadOnlySpan<bool> ready)
    {
        var index = new long[labels.Count];
        for (var i = 0; i < index.Length; i++)
        {
            index[i] = i;
        }

        return new SplitSeries(index, labels, ready.IsEmpty ? null : ready.ToArray(), start, endExclusive, embargo, 0);
    }
}
