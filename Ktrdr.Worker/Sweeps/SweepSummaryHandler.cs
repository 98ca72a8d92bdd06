using System.Globalization;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;
using Ktrdr.Worker.Backtesting;
using Ktrdr.Worker.Statistics;
using Ktrdr.WorkerHost.Operations;
using Counted = Ktrdr.Engine.Counted;

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
        var trials = await MarketTrials.ReadAsync(context, (api, after, token) => api.GetSweepTrialsAsync(request.SweepId, after, null, true, token)).ConfigureAwait(false);
        context.Report(new OperationProgress(40, $"weighing {trials.Trials.Count} trials") { ItemsTotal = trials.Trials.Count });
        var result = await context.ComputeAsync(() => Summarise(strategy.Name, asked, variants, trials)).ConfigureAwait(false);
        return OperationOutcome.Of(result, ResultHash.Of(result));
    }

    internal static SweepResult Summarise(string strategy, SweepRequest asked, IReadOnlyList<SweepVariant> variants, MarketTrials trials)
    {
        var (own, foreign) = LedgerEvidence.OfVariants(trials.Trials);
        var leaders = variants.Where(v => v.TrialSharpe is not null).OrderByDescending(v => v.TrialSharpe).ThenBy(v => v.Number).ToList();
        var judged = CampaignStatistics.Provisional(own, foreign, VerdictRules.Default);
        var stability = StabilityOf(asked, variants, own);
        var best = leaders.Count == 0 ? null : judged.FirstOrDefault(v => v.Experiment == NumberOf(leaders[0], variants));
        var overfitting = CampaignOverfitting.Of(own, new BootstrapOptions { MaxThreads = Environment.ProcessorCount }).FirstOrDefault(r => r.Window == asked.Window);
        return new SweepResult
        {
            StrategyName = strategy,
            Dataset = asked.Dataset!,
            Window = asked.Window,
            Variants = variants.Count,
            Failed = variants.Count(v => v.Failure is not null),
            Untried = variants.Count(v => v.Proof is { CutPoints: 0 }),
            Best = leaders.Count == 0 ? null : leaders[0].Number,
            Trials = judged.Count > 0 ? judged[0].Trials : 0,
            EffectiveTrials = judged.Count > 0 ? judged[0].EffectiveTrials : 0,
            ProbabilisticSharpe = best?.ProbabilisticSharpe,
            DeflatedSharpe = best?.DeflatedSharpe,
            ProbabilityOfOverfitting = overfitting?.Pbo?.Probability,
            RealityCheckP = overfitting?.DataSnooping?.RealityCheck.PValue,
            SuperiorAbilityP = overfitting?.DataSnooping?.Spa.Consistent,
            Verdict = best is null ? null : KtrdrJson.Word(best.Verdict),
            Reasons = best is null ? [] : [.. best.Reasons, .. Unproven(leaders[0]), Sentence(stability(leaders[0]))],
            Leaders = [.. leaders.Take(MostLeaders).Select(leader => WithStability(leader, stability(leader)))],
        };
    }

    /// <summary>How a variant's neighbours did: those that differ from it by one step of one parameter and are other strategies. What cannot be read as a strategy is no neighbour; one that gave no result gains nothing.</summary>
    private static Func<SweepVariant, Stability> StabilityOf(SweepRequest asked, IReadOnlyList<SweepVariant> variants, IReadOnlyList<TrialEvidence> own)
    {
        var daily = own.DistinctBy(e => e.Key.StrategyHash).ToDictionary(e => e.Key.StrategyHash, e => e.Daily, StringComparer.Ordinal);
        var places = variants.Select((variant, place) => (variant.Number, place)).ToDictionary(v => v.Number, v => v.place);
        var neighbours = new GridNeighbours([.. asked.Parameters.Select(p => new GridAxis(p.Path, p.Values))]).Among([.. variants.Select(v => v.Values)]);
        return variant => Stability.Of(neighbours(places[variant.Number])
            .Select(n => (Variant: variants[n.Place], n.Axis.Path))
            .Where(n => n.Variant.StrategyHash is not null && n.Variant.StrategyHash != variant.StrategyHash)
            .Select(n => StabilityPart.Of(StabilityKind.Neighbour, $"{n.Path} = {n.Variant.Values[n.Path].GetRawText()}", daily.GetValueOrDefault(n.Variant.StrategyHash!))));
    }

    private static SweepVariant WithStability(SweepVariant leader, Stability stability) => leader with
    {
        StabilityScore = stability.Score,
        Stability = StatisticsRecord.Figures(stability),
    };

    /// <summary>Said beside a verdict: an empty proof is none.</summary>
    private static IEnumerable<string> Unproven(SweepVariant variant) => variant.Proof is { CutPoints: 0 } proof ? [proof.Summary ?? "Nothing could be tried to see whether it knows the future."] : [];

    private static string Sentence(Stability stability) => stability.Kinds is [var neighbours]
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"Of {Counted.Of(neighbours.Parts.Count, "neighbour")}, one step of one parameter away, {neighbours.Gaining} {(neighbours.Gaining == 1 ? "gains" : "gain")}; the worst net Sharpe ratio among them is {(neighbours.Worst is { } worst ? worst.ToString("0.####", CultureInfo.InvariantCulture) : "undefined")}.")
        : "None of its neighbours was tried: whether the result hangs on one value is not known.";

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
