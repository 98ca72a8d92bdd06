using System.Globalization;
using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads what version 3.1 adds for training: <c>validation</c>, <c>seed</c>, <c>seeds</c>.</summary>
internal static class ValidationReader
{
    private const string SeedAllowed = "a whole number, 0 to 18446744073709551615";
    private const int MostSeeds = 64;

    private static readonly ChoiceKey<ValidationScheme> Scheme = new("scheme", Vocabulary.ValidationSchemes, null, "holdout; walk_forward; purged_kfold; combinatorial: every combination of test folds.") { Required = true };
    private static readonly IntegerKey Folds = new("folds", 5, 2, 50, "Stretches of equal length; not for a holdout.");
    private static readonly IntegerKey TestFolds = new("test_folds", 2, 1, 25, "combinatorial: stretches tested at a time, fewer than folds.");
    private static readonly FlagKey Anchored = new("anchored", true, "walk_forward: whether training always begins at the window's first bar.");
    private static readonly IntegerKey Embargo = new("embargo_bars", null, 0, 1_000_000, "A wider embargo than the least one, in bars of the base timeframe.");

    public static readonly PartKey Key = new("validation", new Shape(Scheme, Folds, TestFolds, Anchored, Embargo), "How the training window is split to judge the strategy; purge and embargo are always on.") { Since = "3.1" };

    public static readonly FreeKey Seed = new("seed", SeedAllowed, SeedForm, "Seed of training; the request's unless given.") { Since = "3.1" };

    public static readonly FreeKey Seeds = new("seeds", $"1 to {MostSeeds} different seeds, each {SeedAllowed}", SeedsForm, "Several seeds, trained beside each other, so that the spread between them shows.") { Since = "3.1" };

    public static ValidationSpec? Read(Section root)
    {
        if (root.Part(Key) is not { } section || section.Require(Scheme) is null || section.ChoiceOrNull(Scheme) is not { } scheme)
        {
            return null;
        }

        var embargo = section.IntegerOrNull(Embargo);
        if (scheme == ValidationScheme.Holdout)
        {
            section.OnlyWith(Folds, "a scheme of several folds");
        }

        if (scheme != ValidationScheme.CombinatorialPurged)
        {
            section.OnlyWith(TestFolds, "scheme combinatorial");
        }

        if (scheme != ValidationScheme.WalkForward)
        {
            section.OnlyWith(Anchored, "scheme walk_forward");
        }

        var spec = new ValidationSpec(scheme, EmbargoBars: embargo);
        if (scheme == ValidationScheme.Holdout)
        {
            return spec;
        }

        spec = spec with { Folds = section.Integer(Folds) };
        if (scheme == ValidationScheme.WalkForward)
        {
            return spec with { Anchored = section.Flag(Anchored) };
        }

        if (scheme != ValidationScheme.CombinatorialPurged)
        {
            return spec;
        }

        spec = spec with { TestFolds = section.Integer(TestFolds) };
        section.Context.ReportIf(
            spec.TestFolds >= spec.Folds, section.LineOf(TestFolds), "out_of_range", section.PathOf(TestFolds), $"{section.PathOf(TestFolds)} is {spec.TestFolds} of {spec.Folds} folds; allowed: fewer than folds.", "fewer than folds");
        return spec;
    }

    public static Sequence<ulong> ReadSeeds(Section root)
    {
        if (root.Has(Seed) && root.Has(Seeds) && !root.IsSlip(Seed) && !root.IsSlip(Seeds))
        {
            root.Context.Report(root.LineOf(Seeds), "conflict", root.PathOf(Seeds), $"{root.PathOf(Seeds)} does not go with seed; allowed: one of them.", allowed: "one of seed, seeds");
        }

        if (root.Take(Seed) is { } single)
        {
            if (Parse(single) is { } seed)
            {
                return [seed];
            }

            root.Context.Report(single.Line, "wrong_type", root.PathOf(Seed), $"{root.PathOf(Seed)} is {Section.DescribeNumber(single)}; allowed: {SeedAllowed}.", (single as ScalarNode)?.Text, SeedAllowed);
        }

        if (root.List(Seeds) is not { } items)
        {
            return [];
        }

        var path = root.PathOf(Seeds);
        root.Context.ReportIf(items.Count is 0 or > MostSeeds, root.LineOf(Seeds), "out_of_range", path, $"{path} has {items.Count} entries; allowed: 1 to {MostSeeds}.", $"1 to {MostSeeds}");
        var seeds = new List<ulong>();
        for (var i = 0; i < Math.Min(items.Count, MostSeeds); i++)
        {
            if (Parse(items[i]) is not { } seed)
            {
                root.Context.Report(items[i].Line, "wrong_type", $"{path}[{i}]", $"{path}[{i}] is {Section.DescribeNumber(items[i])}; allowed: {SeedAllowed}.", (items[i] as ScalarNode)?.Text, SeedAllowed);
                continue;
            }

            root.Context.ReportIf(seeds.Contains(seed), items[i].Line, "duplicate", $"{path}[{i}]", $"{path}[{i}] is {seed.ToString(CultureInfo.InvariantCulture)}, which is in the list already; allowed: each seed once.", "each seed once");
            seeds.Add(seed);
        }

        return seeds.ToSequence();
    }

    private static ulong? Parse(DocumentNode node) =>
        node is ScalarNode { Kind: ScalarKind.Integer } scalar && ulong.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : null;

    private static JsonObject SeedsForm()
    {
        var list = Schemas.List(SeedForm(), 1, MostSeeds);
        list["uniqueItems"] = true;
        return list;
    }

    private static JsonObject SeedForm() => new() { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = ulong.MaxValue };
}
