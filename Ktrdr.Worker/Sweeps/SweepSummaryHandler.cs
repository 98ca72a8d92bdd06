using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Engine;
using Ktrdr.Engine.Statistics;
using Ktrdr.Worker.Statistics;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Sweeps;

/// <summary>Says what the best variant of a sweep is worth, by everything that was tried on the same market.</summary>
internal sealed class SweepSummaryHandler : IOperationHandler
{
    private const int MostLeaders = 50;

    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<SweepSummaryRequest>();
        context.Report(new OperationProgress(5, "reading the variants"));
        var sweep = await context.CallAsync((api, token) => api.GetOperationAsync(request.SweepId, token)).ConfigureAwait(false);
        var asked = KtrdrJson.Read<SweepRequest>(sweep.Request);
        var strategy = await context.CallAsync((api, token) => api.GetStrategyAsync(asked.Strategy, null, token)).ConfigureAwait(false);
        var variants = await VariantsAsync(context, request.SweepId).ConfigureAwait(false);
        var trials = await context.CallAsync((api, token) => api.GetSweepTrialsAsync(request.SweepId, token)).ConfigureAwait(false);
        context.Report(new OperationProgress(40, $"weighing {trials.Trials.Count} trials") { ItemsTotal = trials.Trials.Count });
        try
        {
            var result = await context.ComputeAsync(() => Summarise(strategy.Name, asked, variants, trials)).ConfigureAwait(false);
            return OperationOutcome.Of(result, ResultHash.Of(result));
        }
        catch (InvalidInputException refused)
        {
            throw EngineFailures.Of(refused);
        }
    }

    internal static SweepResult Summarise(string strategy, SweepRequest asked, IReadOnlyList<SweepVariant> variants, CampaignTrials trials)
    {
        var (own, foreign) = LedgerEvidence.OfVariants(trials.Trials);
        var leaders = variants.Where(v => v.TrialSharpe is not null).OrderByDescending(v => v.TrialSharpe).ThenBy(v => v.Number).ToList();
        var judged = CampaignStatistics.Provisional(own, foreign, VerdictRules.Default);
        var best = leaders.Count == 0 ? null : judged.FirstOrDefault(v => v.Experiment == NumberOf(leaders[0], variants));
        var overfitting = CampaignOverfitting.Of(own, new BootstrapOptions { MaxThreads = Environment.ProcessorCount }).FirstOrDefault(r => r.Window == asked.Window);
        return new SweepResult
        {
            StrategyName = strategy,
            Dataset = asked.Dataset!,
            Window = asked.Window,
            Variants = variants.Count,
            Failed = variants.Count(v => v.Failure is not null),
            Best = leaders.Count == 0 ? null : leaders[0].Number,
            Trials = judged.Count > 0 ? judged[0].Trials : 0,
            EffectiveTrials = judged.Count > 0 ? judged[0].EffectiveTrials : 0,
            ProbabilisticSharpe = best?.ProbabilisticSharpe,
            DeflatedSharpe = best?.DeflatedSharpe,
            ProbabilityOfOverfitting = overfitting?.Pbo?.Probability,
            RealityCheckP = overfitting?.DataSnooping?.RealityCheck.PValue,
            SuperiorAbilityP = overfitting?.DataSnooping?.Spa.Consistent,
            Leaders = [.. leaders.Take(MostLeaders)],
        };
    }

    /// <summary>Combinations that come to one document are one trial, known by its first number.</summary>
    private static int NumberOf(SweepVariant variant, IReadOnlyList<SweepVariant> all) => all.First(v => v.StrategyHash == variant.StrategyHash).Number;

    private static async Task<IReadOnlyList<SweepVariant>> VariantsAsync(OperationContext context, string sweepId)
    {
        const int page = 1000;
        var variants = new List<SweepVariant>();
        for (int? after = 0; after is not null;)
        {
            var from = after;
            var read = await context.CallAsync((api, token) => api.ListSweepVariantsAsync(sweepId, null, from, page, token)).ConfigureAwait(false);
            variants.AddRange(read.Items);
            after = read.Next is null ? null : variants.Count;
        }

        return variants;
    }
}
