using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Engine.Statistics;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Statistics;

/// <summary>Judges a campaign: everything the ledger knows goes in, numbers and verdicts come out. A pure function of the ledger.</summary>
internal sealed class CampaignStatisticsHandler : IOperationHandler
{
    private const string Nominate = "nominate";
    private const string Conclude = "conclude";

    /// <summary>No figure depends on the number of threads.</summary>
    private static readonly BootstrapOptions Bootstrap = new() { MaxThreads = Environment.ProcessorCount };

    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<CampaignStatisticsRequest>();
        if (request.Stage is not (Nominate or Conclude))
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, $"stage is '{request.Stage}'; allowed: {Nominate}, {Conclude}.");
        }

        context.Report(new OperationProgress(5, "reading the ledger"));
        var trials = await MarketTrials.ReadAsync(context, (api, after, token) => api.GetCampaignTrialsAsync(request.CampaignId, after, null, true, token)).ConfigureAwait(false);
        context.Report(new OperationProgress(30, $"weighing {trials.Trials.Count} evaluations") { ItemsTotal = trials.Trials.Count });
        var result = await context.ComputeAsync(() => Judge(request, trials, VerdictRules.Default)).ConfigureAwait(false);

        // Campaign and experiment ids are drawn, not computed: what the statistics say must not depend on them.
        var comparable = result with { CampaignId = "", LedgerHead = "", Experiments = [.. result.Experiments.Select(e => e with { ExperimentId = "" })] };
        return OperationOutcome.Of(result, ResultHash.Of(comparable));
    }

    internal static CampaignStatisticsResult Judge(CampaignStatisticsRequest request, MarketTrials trials, VerdictRules rules)
    {
        var evidence = LedgerEvidence.Of(trials.Trials);
        var nominees = CampaignStatistics.Nominate(evidence.Own, evidence.Foreign, rules).Select(v => v.Experiment).ToHashSet();
        var verdicts = request.Stage == Conclude
            ? CampaignStatistics.Conclude(evidence.Own, evidence.Foreign, evidence.Test, rules)
            : CampaignStatistics.Provisional(evidence.Own, evidence.Foreign, rules);
        return new CampaignStatisticsResult
        {
            CampaignId = request.CampaignId,
            Stage = request.Stage,
            Trials = verdicts.Count > 0 ? verdicts[0].Trials : 0,
            EffectiveTrials = verdicts.Count > 0 ? verdicts[0].EffectiveTrials : 0,
            MeanCorrelation = verdicts.Count > 0 ? verdicts[0].MeanCorrelation : null,
            Overfitting = [.. CampaignOverfitting.Of(evidence.Own, Bootstrap).Select(OverfittingRecord.Of)],
            RulesHash = rules.Hash,
            LedgerHead = trials.LedgerHead,
            Experiments = [.. verdicts.Select(v => Describe(v, evidence.ExperimentIds[v.Experiment], nominees.Contains(v.Experiment)))],
        };
    }

    private static TrialStatistics Describe(TrialVerdict verdict, string experimentId, bool nominated) => new()
    {
        ExperimentId = experimentId,
        Number = verdict.Experiment,
        Sharpe = verdict.NetSharpe,
        TStatistic = verdict.TStatistic,
        ProbabilisticSharpe = verdict.ProbabilisticSharpe,
        DeflatedSharpe = verdict.DeflatedSharpe,
        TrialVariance = verdict.SharpeVariance,
        Nominated = nominated,
        TestSharpe = verdict.Test?.NetSharpe,
        TestTrades = verdict.Test?.Trades,
        TestProbabilisticSharpe = verdict.Test?.ProbabilisticSharpe,
        TestAdjustedProbability = verdict.Test?.AdjustedProbability,
        Verdict = KtrdrJson.Word(verdict.Verdict),
        Reasons = verdict.Reasons,
    };
}
