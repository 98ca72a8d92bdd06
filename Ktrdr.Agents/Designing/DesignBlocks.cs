using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>Reads off a document the building blocks that its result is evidence about, whoever wrote it.</summary>
internal static class DesignBlocks
{
    public static IReadOnlyList<string> Of(StrategyDocument document) => Of(Genome.Of(document));

    public static IReadOnlyList<string> Of(Genome genome)
    {
        var labels = genome.Target.Training.Labels;
        var blocks = new List<string> { Block.Of(Block.Mechanism, Mechanism.Of(genome.Families)) };
        blocks.AddRange(genome.Families.Select(f => Block.Of(Block.Indicator, f)));
        if (genome.Modules.SelectMany(m => m.FuzzySets).FirstOrDefault() is { } set)
        {
            blocks.Add(Block.Of(Block.Membership, ShapeOf(set)));
            blocks.Add(Block.Of(Block.Words, $"{set.Memberships.Count}"));
        }

        blocks.Add(Block.Of(Block.Label, TargetGenes.LabelName(labels)));
        blocks.Add(Block.Of(Block.Horizon, TargetGenes.HorizonName(labels)));
        blocks.Add(Block.Of(Block.Model, ModelGenes.SizeName(genome.Model)));
        blocks.Add(Block.Of(Block.Threshold, TargetGenes.ThresholdName(genome.Target)));
        return blocks;
    }

    /// <summary>The shape of the inner words: the outer ones are shoulders in every partition.</summary>
    private static string ShapeOf(FuzzySetSpec set)
    {
        var inner = set.Memberships.Count > 2 ? set.Memberships[1] : set.Memberships[0];
        return MembershipCatalog.Of(inner.Function.Kind).Name;
    }
}
