using Ktrdr.Contracts.Research;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>A finished design.</summary>
internal sealed record Design(StrategyDocument Document, string Yaml, string Hash, string Hypothesis, string Rationale, IReadOnlyList<string> Blocks);

/// <summary>
/// The embedded designer: Thompson sampling over the building blocks, mutation and crossover of the better earlier designs, and a least distance from all of
/// them. A pure function of the request: the same request gives the same document, on any machine.
/// </summary>
internal static class Designer
{
    private const int MostAttempts = 200;
    private const double ShareOfMutations = 0.3;
    private const double ShareOfCrossings = 0.2;

    /// <exception cref="InvalidOperationException">No design was new enough in a bounded number of attempts, or one did not pass the grammar.</exception>
    public static Design Create(DesignRequest request)
    {
        var instrument = InstrumentFacts.Of(request.Symbol);
        var generator = new Generator(unchecked((ulong)request.Seed), $"design/{request.Number}");
        var earlier = EarlierDesigns.Of(request);
        var posteriors = new BlockPosteriors(earlier.Evidence);
        var variation = new Variation(generator, posteriors, instrument, request.Timeframe);
        for (var attempt = 1; attempt <= MostAttempts; attempt++)
        {
            var draft = Draw(generator, variation, earlier.Parents);
            if (!draft.Genome.IsCoherent)
            {
                continue;
            }

            var nameless = draft.Genome.ToDocument("design", null, request.Symbol, request.Timeframe, instrument.Costs);
            if (earlier.IsNearDuplicate(nameless))
            {
                continue;
            }

            return Finish(request, draft, nameless, posteriors, earlier.Evidence.Count);
        }

        throw new InvalidOperationException(
            $"No design differs by {Text.Number(Novelty.LeastDistance)} or more from the {earlier.Count} earlier ones after {MostAttempts} attempts: start the campaign with another memory scope.");
    }

    private static Draft Draw(Generator generator, Variation variation, IReadOnlyList<Parent> parents)
    {
        var mode = generator.NextDouble();
        if (parents.Count >= 1 && mode < ShareOfMutations)
        {
            return variation.Mutate(Pick(generator, parents));
        }

        return parents.Count >= 2 && mode < ShareOfMutations + ShareOfCrossings
            ? variation.Cross(Pick(generator, parents), Pick(generator, parents))
            : variation.Fresh();
    }

    /// <summary>The better of two drawn from the better half.</summary>
    private static Parent Pick(Generator generator, IReadOnlyList<Parent> parents)
    {
        var half = (parents.Count + 1) / 2;
        return parents[Math.Min(generator.NextInt(half), generator.NextInt(half))];
    }

    private static Design Finish(DesignRequest request, Draft draft, StrategyDocument nameless, BlockPosteriors posteriors, int outcomes)
    {
        var hash = StrategyHash.Of(nameless);
        var families = draft.Genome.Families;
        var statement = Hypotheses.Statement(nameless);
        var document = nameless with
        {
            Name = $"{string.Join('_', families)}_{Mechanism.Of(families)}_e{request.Number}_{hash[..6]}",
            Description = statement,
        };
        var yaml = StrategyWriter.ToYaml(document);
        var reading = StrategyReader.Read(yaml);
        if (reading.Document is null)
        {
            throw new InvalidOperationException($"The design {document.Name} does not pass the grammar: {string.Join(" ", reading.Errors.Select(p => p.Message))}");
        }

        var blocks = DesignBlocks.Of(draft.Genome);
        return new Design(reading.Document, yaml, StrategyHash.Of(reading.Document), statement, Rationale(draft, blocks, posteriors, outcomes), blocks);
    }

    private static string Rationale(Draft draft, IReadOnlyList<string> blocks, BlockPosteriors posteriors, int outcomes)
    {
        var indicators = string.Join("; ", draft.Genome.Modules.SelectMany(m => m.Indicators).Select(i => $"{i.Id} = {i.Type}({i.Arguments})"));
        var beliefs = blocks.Where(b => posteriors.Observations(b) > 0)
            .Select(b => $"{b} {Text.Signed(posteriors.Mean(b))} ± {Text.Number(posteriors.StandardDeviation(b))} from {posteriors.Observations(b)}").ToArray();
        var known = beliefs.Length == 0 ? $"Nothing was known of its blocks ({outcomes} earlier outcomes)." : $"Believed t-statistics of its blocks: {string.Join(", ", beliefs)}.";
        return $"{char.ToUpperInvariant(draft.Origin[0])}{draft.Origin[1..]}. {known} Indicators: {indicators}.";
    }
}
