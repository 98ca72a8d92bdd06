using Ktrdr.Agents.Learning;
using Ktrdr.Contracts.Research;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>What a request tells of earlier experiments: evidence about blocks, parents for variation, and what a new design must differ from.</summary>
internal sealed class EarlierDesigns
{
    private readonly IReadOnlyList<Novelty.Profile> _profiles;

    private EarlierDesigns(IReadOnlyList<BlockEvidence> evidence, IReadOnlyList<Parent> parents, IReadOnlyList<Novelty.Profile> profiles)
        => (Evidence, Parents, _profiles) = (evidence, parents, profiles);

    /// <summary>Lessons of the memory by what they say, since their order there is that of time, then the campaign's own outcomes by number.</summary>
    public IReadOnlyList<BlockEvidence> Evidence { get; }

    /// <summary>Best first; ties keep the order of the evidence.</summary>
    public IReadOnlyList<Parent> Parents { get; }

    public int Count => _profiles.Count;

    public bool IsNearDuplicate(StrategyDocument document)
    {
        var profile = Novelty.Of(document);
        return _profiles.Any(p => Novelty.Distance(profile, p) < Novelty.LeastDistance);
    }

    public static EarlierDesigns Of(DesignRequest request)
    {
        var lessons = request.Memory.Lessons.OrderBy(l => l.StrategyHash, StringComparer.Ordinal).ThenBy(l => l.Claim, StringComparer.Ordinal).Select(l => (l.Blocks, Earned(l.TStatistic, l.Relation == Learner.Contradicts), l.Document));
        var outcomes = request.Outcomes.OrderBy(o => o.Number).Select(o => (o.Blocks, Earned(o.TStatistic, o.Verdict == "rejected"), (string?)o.Document));
        (IReadOnlyList<string> Blocks, double? Earned, string? Document)[] all = [.. lessons, .. outcomes];
        var evidence = all.Select(e => new BlockEvidence(e.Blocks, e.Earned)).ToArray();
        var parents = new List<Parent>();
        var profiles = new List<Novelty.Profile>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (_, earned, text) in all)
        {
            // A document of a later grammar may lie in an old memory: it teaches through its blocks, but cannot be varied here.
            if (text is null || StrategyReader.Read(text).Document is not { } document || !seen.Add(StrategyHash.Of(document)))
            {
                continue;
            }

            profiles.Add(Novelty.Of(document));
            if (earned is { } t && double.IsFinite(t) && ParentGenome(document, request) is { } genome)
            {
                parents.Add(new Parent(document.Name, genome, t));
            }
        }

        return new EarlierDesigns(evidence, [.. parents.OrderByDescending(p => p.TStatistic)], profiles);
    }

    /// <summary>A gain that was rejected all the same came from too few trades: one lucky position teaches nothing and counts as a stop at a gate.</summary>
    private static double? Earned(double? tStatistic, bool rejected) => rejected && tStatistic > 0 ? null : tStatistic;

    /// <summary>Fixed ranges and cost hurdles belong to the data they were made for: a document of other data is no parent.</summary>
    private static Genome? ParentGenome(StrategyDocument document, DesignRequest request)
    {
        var data = document.TrainingData;
        var genome = Genome.Of(document);
        var fits = data.Symbol == request.Symbol && data.BaseTimeframe == request.Timeframe && data.Timeframes.Count == 1;
        return fits && genome.IsCoherent ? genome : null;
    }
}
