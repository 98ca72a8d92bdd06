using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Worker.Statistics;

/// <summary>The ledger's rows as the engine's statistics take them.</summary>
/// <param name="Own">The campaign's evaluations on validation, one per experiment.</param>
/// <param name="Foreign">Everything else that was tried on the same data, on whatever window: it counts in N.</param>
/// <param name="Test">The campaign's evaluations on test.</param>
/// <param name="ExperimentIds">By number.</param>
internal sealed record LedgerEvidence(
    IReadOnlyList<TrialEvidence> Own, IReadOnlyList<TrialEvidence> Foreign, IReadOnlyList<TrialEvidence> Test, IReadOnlyDictionary<int, string> ExperimentIds)
{
    public static LedgerEvidence Of(IReadOnlyList<MarketTrial> trials)
    {
        var experiments = new SortedDictionary<int, string>();
        var (own, foreign, test) = (new List<TrialEvidence>(), new List<TrialEvidence>(), new List<TrialEvidence>());
        foreach (var trial in trials)
        {
            var isOwnExperiment = trial is { Own: true, ExperimentNumber: not null, ExperimentId: not null };
            if (isOwnExperiment && trial.Evidence.Key.Window == DataWindows.Validation)
            {
                own.Add(trial.Evidence);
                experiments[trial.ExperimentNumber!.Value] = trial.ExperimentId!;
            }
            else if (isOwnExperiment && trial.Evidence.Key.Window == DataWindows.Test)
            {
                test.Add(trial.Evidence);
            }
            else
            {
                foreign.Add(trial.Evidence);
            }
        }

        // A run that failed and was repeated left two rows; the better one speaks for the experiment, the other is the same trial in N.
        var (chosen, repeated) = OnePerExperiment(own);
        return new LedgerEvidence(chosen, [.. foreign, .. repeated], OnePerExperiment(test).Chosen, experiments);
    }

    /// <summary>A sweep's variants by their numbers, and everything else that was tried on the same market.</summary>
    public static (IReadOnlyList<TrialEvidence> Own, IReadOnlyList<TrialEvidence> Foreign) OfVariants(IReadOnlyList<MarketTrial> trials) =>
        ([.. trials.Where(t => t.Own).Select(t => t.Evidence)], [.. trials.Where(t => !t.Own).Select(t => t.Evidence)]);

    private static (List<TrialEvidence> Chosen, List<TrialEvidence> Repeated) OnePerExperiment(IEnumerable<TrialEvidence> evidence)
    {
        var (chosen, repeated) = (new List<TrialEvidence>(), new List<TrialEvidence>());
        foreach (var rows in evidence.GroupBy(e => e.Experiment).OrderBy(g => g.Key))
        {
            var ordered = rows.OrderBy(e => e.Status).ThenBy(e => e.Key).ToList();
            chosen.Add(ordered[0]);
            repeated.AddRange(ordered.Skip(1));
        }

        return (chosen, repeated);
    }
}
