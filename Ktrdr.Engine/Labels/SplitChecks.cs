using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>What a split needs before it is made.</summary>
internal static class SplitChecks
{
    public static void Check(ValidationSpec spec, double validationFraction, IReadOnlyList<SplitSeries> all)
    {
        foreach (var series in all)
        {
            if (series.Start < 0 || series.EndExclusive > series.Labels.Count || series.Start >= series.EndExclusive)
            {
                throw Invalid("invalid_window", "window", $"[{series.Start}, {series.EndExclusive})", $"a stretch inside [0, {series.Labels.Count}) with at least one bar");
            }

            if (series.Embargo < 0)
            {
                throw Invalid("invalid_embargo", "embargo", series.Embargo.ToString(), "0 bars or more");
            }
        }

        if (!(validationFraction > 0.0 && validationFraction < 1.0))
        {
            throw Invalid("invalid_fraction", "validation", validationFraction.ToString("R"), "a share between 0 and 1, both exclusive");
        }

        var bars = all.Max(s => s.EndExclusive - s.Start);
        if (spec.Scheme != ValidationScheme.Holdout && (spec.Folds < 2 || spec.Folds >= bars))
        {
            throw Invalid("invalid_folds", "validation.folds", spec.Folds.ToString(), $"2 to {bars - 1} stretches");
        }

        if (spec.Scheme == ValidationScheme.CombinatorialPurged)
        {
            Combinations(spec.Folds, spec.TestFolds);
        }
    }

    /// <summary>At least one stretch trains, and the number of trainings stays bearable.</summary>
    public static void Combinations(int groups, int testGroups)
    {
        if (testGroups < 1 || testGroups >= groups)
        {
            throw Invalid("invalid_folds", "validation.test_folds", testGroups.ToString(), $"1 to {groups - 1}, below validation.folds");
        }

        var count = 1.0;
        for (var i = 0; i < testGroups; i++)
        {
            count = count * (groups - i) / (i + 1);
        }

        if (count > Splits.MostCombinations)
        {
            throw Invalid("invalid_folds", "validation.test_folds", testGroups.ToString(), $"choices of {testGroups} out of {groups} stretches give {count:F0} trainings, at most {Splits.MostCombinations}");
        }
    }

    private static InvalidInputException Invalid(string code, string path, string value, string allowed)
        => new(new Problem(code, path, $"{path} = {value} is not allowed; allowed: {allowed}") { Value = value, Allowed = allowed });
}
