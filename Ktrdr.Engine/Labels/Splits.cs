namespace Ktrdr.Engine.Labels;

/// <summary>Rows (bar indices, ascending) to train on and to decide when to stop.</summary>
public sealed record RowSplit(int[] Train, int[] Validation);

/// <summary>Splits of labelled rows in time order that keep what one side knows out of the other.</summary>
public static class Splits
{
    /// <summary>
    /// Holdout: the last part of [<paramref name="start"/>, <paramref name="endExclusive"/>) validates, what comes before trains. Purged: a training
    /// row whose label ends at or after the border is dropped, and so is every row whose label ends at or after <paramref name="endExclusive"/>.
    /// Embargoed: the last <paramref name="embargo"/> bars before the border are dropped too.
    /// </summary>
    /// <param name="labels">Labels of the whole series; rows without one are in neither part.</param>
    /// <param name="start">First bar.</param>
    /// <param name="endExclusive">First bar that neither part may see, not even through a label.</param>
    /// <param name="validationFraction">Share of the bars that validates, between 0 and 1 exclusive.</param>
    /// <param name="embargo">Bars, 0 or more.</param>
    /// <param name="ready">Per bar, whether its features are complete; null: all are.</param>
    /// <exception cref="InvalidInputException">An argument is out of range, or a part comes out empty.</exception>
    public static RowSplit PurgedHoldout(
        LabelSeries labels, int start, int endExclusive, double validationFraction, int embargo, ReadOnlySpan<bool> ready = default)
    {
        if (start < 0 || endExclusive > labels.Count || start >= endExclusive)
        {
            throw Invalid("invalid_window", "window", $"[{start}, {endExclusive})", $"a stretch inside [0, {labels.Count}) with at least one bar");
        }

        if (!(validationFraction > 0.0 && validationFraction < 1.0))
        {
            throw Invalid("invalid_fraction", "validation", validationFraction.ToString("R"), "a share between 0 and 1, both exclusive");
        }

        if (embargo < 0)
        {
            throw Invalid("invalid_embargo", "embargo", embargo.ToString(), "0 bars or more");
        }

        var border = Border(start, endExclusive, validationFraction);
        var train = new List<int>();
        var validation = new List<int>();
        var labelled = 0;
        for (var i = start; i < endExclusive; i++)
        {
            if (!labels.IsDefined(i) || !ready.IsEmpty && !ready[i])
            {
                continue;
            }

            labelled++;
            if (i >= border && labels.End[i] < endExclusive)
            {
                validation.Add(i);
            }
            else if (i < border - embargo && labels.End[i] < border)
            {
                train.Add(i);
            }
        }

        if (train.Count == 0 || validation.Count == 0)
        {
            var empty = train.Count == 0 ? "training" : "validation";
            throw new InvalidInputException(new Problem(
                "empty_split",
                empty,
                $"no {empty} row is left of {endExclusive - start} bars ({labelled} with a label and complete features) after purging labels that cross a border and an embargo of {embargo} bars; allowed: a longer window, shorter labels or a smaller embargo")
            {
                Value = "0",
                Allowed = "at least 1 row",
            });
        }

        return new RowSplit([.. train], [.. validation]);
    }

    /// <summary>First bar of the part that validates.</summary>
    public static int Border(int start, int endExclusive, double validationFraction) => endExclusive - (int)Math.Ceiling((endExclusive - start) * validationFraction);

    private static InvalidInputException Invalid(string code, string path, string value, string allowed)
        => new(new Problem(code, path, $"{path} = {value} is not allowed; allowed: {allowed}") { Value = value, Allowed = allowed });
}
