using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Agents.Designing;

/// <summary>A genome and, in words, how it came about.</summary>
internal sealed record Draft(Genome Genome, string Origin);

/// <summary>Makes genomes: fresh ones from the posteriors, and changed or recombined ones from earlier designs.</summary>
internal sealed class Variation(Generator generator, BlockPosteriors posteriors, InstrumentFacts instrument, string timeframe)
{
    private static readonly MembershipKind[] Shapes = [MembershipKind.Triangular, MembershipKind.Trapezoidal, MembershipKind.Gaussian];

    /// <summary>Every choice by Thompson sampling.</summary>
    public Draft Fresh()
    {
        var mechanism = posteriors.Choose(generator, Block.Mechanism, Mechanism.All);
        var first = posteriors.Choose(generator, Block.Indicator, Mechanism.FamiliesOf(mechanism));
        var families = new List<string> { first };
        var wanted = generator.NextDouble() < 0.6 ? 2 : 3;
        while (families.Count < wanted)
        {
            families.Add(posteriors.Choose(generator, Block.Indicator, Addable(families)));
        }

        var drawing = Drawing();
        var modules = families.Select(f => IndicatorFamily.Find(f).Draw(drawing)).ToArray();
        var genome = new Genome(modules, TargetGenes.Draw(generator, posteriors, instrument), ModelGenes.Draw(generator, posteriors));
        return new Draft(genome, $"drawn by Thompson sampling, mechanism {mechanism} first");
    }

    /// <summary>One or two of a parent's parts anew.</summary>
    public Draft Mutate(Parent parent)
    {
        var genome = parent.Genome;
        var changes = new List<string>();
        var count = 1 + generator.NextInt(2);
        for (var i = 0; i < count; i++)
        {
            (genome, var change) = generator.NextInt(5) switch
            {
                0 => ReplaceModule(genome),
                1 => RedrawModule(genome),
                2 => AddOrRemoveModule(genome),
                3 => (genome with { Target = TargetGenes.Draw(generator, posteriors, instrument) }, "another target"),
                _ => (genome with { Model = ModelGenes.Draw(generator, posteriors) }, "another network"),
            };
            changes.Add(change);
        }

        return new Draft(genome, $"mutated from {parent.Name} (t {Text.Signed(parent.TStatistic)}): {string.Join(" and ", changes)}");
    }

    /// <summary>Inputs of both parents, the target of one, the network of the other.</summary>
    public Draft Cross(Parent mother, Parent father)
    {
        var modules = new List<InputModule>();
        foreach (var module in mother.Genome.Modules.Concat(father.Genome.Modules))
        {
            if (modules.All(m => m.Family != module.Family) && modules.Count < 3 && generator.NextInt(3) > 0)
            {
                modules.Add(module);
            }
        }

        var genome = generator.NextInt(2) == 0
            ? new Genome(modules, mother.Genome.Target, father.Genome.Model)
            : new Genome(modules, father.Genome.Target, mother.Genome.Model);
        return new Draft(genome, $"crossed from {mother.Name} (t {Text.Signed(mother.TStatistic)}) and {father.Name} (t {Text.Signed(father.TStatistic)})");
    }

    private (Genome, string) ReplaceModule(Genome genome)
    {
        var at = generator.NextInt(genome.Modules.Count);
        var rest = genome.Families.Where((_, i) => i != at).ToList();
        var family = posteriors.Choose(generator, Block.Indicator, Addable([.. rest, genome.Families[at]]));
        return (With(genome, at, family), $"{family} for {genome.Families[at]}");
    }

    private (Genome, string) RedrawModule(Genome genome)
    {
        var at = generator.NextInt(genome.Modules.Count);
        var family = genome.Families[at];
        return IndicatorFamily.IsKnown(family) ? (With(genome, at, family), $"other settings of {family}") : ReplaceModule(genome);
    }

    private (Genome, string) AddOrRemoveModule(Genome genome)
    {
        if (genome.Modules.Count >= 3)
        {
            var at = generator.NextInt(genome.Modules.Count);
            return (genome with { Modules = [.. genome.Modules.Where((_, i) => i != at)] }, $"without {genome.Families[at]}");
        }

        var family = posteriors.Choose(generator, Block.Indicator, Addable(genome.Families));
        return (genome with { Modules = [.. genome.Modules, IndicatorFamily.Find(family).Draw(Drawing())] }, $"with {family}");
    }

    private Genome With(Genome genome, int at, string family)
    {
        var module = IndicatorFamily.Find(family).Draw(Drawing());
        return genome with { Modules = [.. genome.Modules.Select((m, i) => i == at ? module : m)] };
    }

    /// <summary>Families that may join those that are there: no family twice, one level at most.</summary>
    private static string[] Addable(IReadOnlyList<string> present)
    {
        var hasLevel = present.Any(f => IndicatorFamily.Find(f).IsLevel);
        return [.. IndicatorFamily.All.Where(f => !present.Contains(f.Name) && !(hasLevel && f.IsLevel)).Select(f => f.Name)];
    }

    private DrawingContext Drawing()
    {
        var shape = posteriors.Choose(generator, Block.Membership, Shapes, s => MembershipCatalog.Of(s).Name);
        var words = posteriors.Choose(generator, Block.Words, [3, 4, 5], w => $"{w}");
        return new DrawingContext(generator, instrument, timeframe, shape, words);
    }
}

/// <summary>An earlier design that a new one may descend from.</summary>
internal sealed record Parent(string Name, Genome Genome, double TStatistic);
