using System.Globalization;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// Verdicts over a campaign: pure functions of the evidence, whatever its order. <c>own</c> are the campaign's evaluations on the validation window,
/// <c>foreign</c> those of other campaigns and of people on the same data; both count in N.
/// </summary>
public static class CampaignStatistics
{
    /// <summary>Verdicts while the campaign runs: rejected or unproven, from validation alone. Ordered by experiment, then key.</summary>
    /// <exception cref="InvalidInputException">An experiment number appears twice in <paramref name="own"/>.</exception>
    public static IReadOnlyList<TrialVerdict> Provisional(IReadOnlyList<TrialEvidence> own, IReadOnlyList<TrialEvidence> foreign, VerdictRules rules)
    {
        if (own.GroupBy(e => e.Experiment).FirstOrDefault(g => g.Skip(1).Any()) is { Key: var twice })
        {
            throw Invalid("own", $"Experiment {twice} is given twice: one evaluation on validation per experiment.");
        }

        var pool = new TrialPool(own.Concat(foreign));
        return [.. InOrder(own).Select(trial => OnValidation(trial, pool, rules))];
    }

    /// <summary>
    /// The trials to score once on test: completed, not rejected on validation, at most <see cref="VerdictRules.MaximumNominees"/> with the highest
    /// net t-statistic, ties to the lower experiment number; one per trial key. Highest first.
    /// </summary>
    public static IReadOnlyList<TrialVerdict> Nominate(IReadOnlyList<TrialEvidence> own, IReadOnlyList<TrialEvidence> foreign, VerdictRules rules)
        => Nominate(Provisional(own, foreign, rules), rules);

    /// <summary>Final verdicts when the campaign closes.</summary>
    /// <param name="own">The campaign's evaluations on the validation window.</param>
    /// <param name="foreign">Evaluations by others on the same data.</param>
    /// <param name="test">The nominees' evaluations on the test window, matched by experiment number; what was not nominated is refused.</param>
    /// <param name="rules">The rules of the campaign.</param>
    /// <exception cref="InvalidInputException">Test evidence for a trial that is not nominated, of another strategy, or given twice.</exception>
    public static IReadOnlyList<TrialVerdict> Conclude(
        IReadOnlyList<TrialEvidence> own, IReadOnlyList<TrialEvidence> foreign, IReadOnlyList<TrialEvidence> test, VerdictRules rules)
    {
        var provisional = Provisional(own, foreign, rules);
        var nominees = Nominate(provisional, rules);
        var outcomes = Score(nominees, test);
        return [.. provisional.Select(verdict => Final(verdict, outcomes.GetValueOrDefault(verdict.Experiment), nominees.Contains(verdict), rules))];
    }

    private static IEnumerable<TrialEvidence> InOrder(IEnumerable<TrialEvidence> evidence) => evidence.OrderBy(e => e.Experiment).ThenBy(e => e.Key);

    private static TrialVerdict OnValidation(TrialEvidence trial, TrialPool pool, VerdictRules rules)
    {
        var isJudged = trial.Status is TrialStatus.Completed or TrialStatus.Gated;
        var (series, moments) = isJudged && trial.Daily is not null ? pool.Of(trial.Key) : (null, null);
        var netSharpe = moments?.Sharpe * Root(series?.DaysPerYear);
        var rejections = !isJudged ? [] : Rejections(trial, netSharpe, moments?.TStatistic, "validation", rules);
        var verdict = new TrialVerdict
        {
            Experiment = trial.Experiment,
            Key = trial.Key,
            Verdict = rejections.Count > 0 ? Verdict.Rejected : Verdict.Unproven,
            Reasons = rejections,
            RulesHash = rules.Hash,
            Trials = pool.Trials,
            MeanCorrelation = pool.MeanCorrelation,
            EffectiveTrials = pool.EffectiveTrials,
            DailySharpe = moments?.Sharpe,
            NetSharpe = netSharpe,
            TStatistic = moments?.TStatistic,
            Trades = trial.Trades,
            Days = series?.Count ?? 0,
        };

        if (moments is { Sharpe: { } sharpe, Skew: { } skew, Kurtosis: { } kurtosis })
        {
            var variance = pool.SharpeVariance(trial.Key, rules.SameEdgeCorrelation);
            var deflated = Statistics.DeflatedSharpe.Evaluate(moments, pool.EffectiveTrials, variance);
            verdict = verdict with
            {
                SharpeVariance = variance,
                Hurdle = deflated.Hurdle,
                ProbabilisticSharpe = SharpeStatistics.Probabilistic(moments, 0),
                DeflatedSharpe = deflated.Probability,
                CreditedDeflatedSharpe = SharpeStatistics.Credited(moments, deflated.Hurdle),
                MinimumTrackRecordDays = SharpeStatistics.MinimumTrackRecord(sharpe, 0, skew, kurtosis, rules.MinimumProbability),
            };
        }

        return verdict.Verdict == Verdict.Rejected ? verdict : verdict with { Reasons = [ValidationSentence(trial, verdict)] };
    }

    /// <summary>Why a window's evidence is rejected; empty where it is not.</summary>
    private static List<string> Rejections(TrialEvidence trial, double? netSharpe, double? t, string window, VerdictRules rules)
    {
        if (trial.Status == TrialStatus.Gated)
        {
            return [$"Stopped at a gate on {window}: {trial.GateReason ?? "no reason recorded"}"];
        }

        var reasons = new List<string>();
        if (trial.Trades < rules.MinimumTrades)
        {
            reasons.Add($"{Counted.Of(trial.Trades, "trade")} on {window}: fewer than {rules.MinimumTrades} are no evidence.");
        }

        if (netSharpe is null)
        {
            reasons.Add($"The net Sharpe ratio on {window} is undefined: its daily returns {(t is null ? "do not vary" : "span less than a week, which does not tell how many such days a year has")}.");
        }
        else if (netSharpe <= 0)
        {
            reasons.Add($"Net Sharpe ratio on {window} is {Show(netSharpe)}: it loses money after costs.");
        }

        return reasons;
    }

    private static IReadOnlyList<TrialVerdict> Nominate(IReadOnlyList<TrialVerdict> provisional, VerdictRules rules) =>
    [
        .. provisional
            .Where(v => v is { Verdict: Verdict.Unproven, TStatistic: not null })
            .OrderByDescending(v => v.TStatistic!.Value).ThenBy(v => v.Experiment).ThenBy(v => v.Key)
            .DistinctBy(v => v.Key)
            .Take(rules.MaximumNominees),
    ];

    private static SortedDictionary<int, (TrialEvidence? Evidence, TestOutcome Outcome)> Score(IReadOnlyList<TrialVerdict> nominees, IReadOnlyList<TrialEvidence> test)
    {
        var evidence = new SortedDictionary<int, TrialEvidence>();
        foreach (var item in InOrder(test))
        {
            if (nominees.FirstOrDefault(n => n.Experiment == item.Experiment) is not { } nominee)
            {
                throw Invalid("test", $"Experiment {item.Experiment} has test evidence but is not nominated; nominated: {string.Join(", ", nominees.Select(n => n.Experiment))}.");
            }

            if (nominee.Key.StrategyHash != item.Key.StrategyHash)
            {
                throw Invalid("test", $"Experiment {item.Experiment} was nominated with strategy {nominee.Key.StrategyHash}, its test evidence is of {item.Key.StrategyHash}.");
            }

            if (!evidence.TryAdd(item.Experiment, item))
            {
                throw Invalid("test", $"Experiment {item.Experiment} has test evidence twice: the test window is scored once.");
            }
        }

        var moments = nominees.Select(n => evidence.GetValueOrDefault(n.Experiment)?.Daily is { } daily ? ReturnMoments.Of(daily.Returns) : null).ToArray();
        var probabilities = moments.Select(m => m is null ? null : SharpeStatistics.Probabilistic(m, 0)).ToArray();
        var adjusted = HolmAdjustment.Adjust(probabilities.Select(p => 1 - (p ?? 0)).ToArray());
        var outcomes = new SortedDictionary<int, (TrialEvidence?, TestOutcome)>();
        for (var i = 0; i < nominees.Count; i++)
        {
            var item = evidence.GetValueOrDefault(nominees[i].Experiment);
            outcomes.Add(nominees[i].Experiment, (item, new TestOutcome
            {
                Status = item?.Status ?? TrialStatus.Failed,
                Trades = item?.Trades ?? 0,
                NetSharpe = moments[i]?.Sharpe * Root(item?.Daily?.DaysPerYear),
                StressedSharpe = item?.StressedSharpe,
                TStatistic = moments[i]?.TStatistic,
                ProbabilisticSharpe = probabilities[i],
                CreditedProbabilisticSharpe = moments[i] is { } own ? SharpeStatistics.Credited(own, 0) : null,
                AdjustedProbability = 1 - adjusted[i],
            }));
        }

        return outcomes;
    }

    private static TrialVerdict Final(TrialVerdict verdict, (TrialEvidence? Evidence, TestOutcome Outcome) test, bool isNominated, VerdictRules rules)
    {
        if (!isNominated)
        {
            return verdict.Verdict == Verdict.Rejected
                ? verdict
                : verdict with { Reasons = ["Not nominated, so never scored on test.", .. verdict.Reasons] };
        }

        verdict = verdict with { Test = test.Outcome };
        if (test.Evidence is null or { Status: TrialStatus.Failed or TrialStatus.Cancelled })
        {
            return verdict with { Reasons = ["Nominated, but its run on test gave no result.", .. verdict.Reasons] };
        }

        var rejections = Rejections(test.Evidence, test.Outcome.NetSharpe, test.Outcome.TStatistic, "test", rules);
        if (rejections.Count > 0)
        {
            return verdict with { Verdict = Verdict.Rejected, Reasons = rejections };
        }

        var doubts = Doubts(verdict, test.Outcome, rules);
        return doubts.Count > 0
            ? verdict with { Verdict = Verdict.Unproven, Reasons = doubts }
            : verdict with
            {
                Verdict = Verdict.Survives,
                Reasons =
                [
                    $"On test the Holm-adjusted probabilistic Sharpe ratio is {Show(test.Outcome.AdjustedProbability)} with {Counted.Of(test.Outcome.Trades, "trade")}, and the net Sharpe ratio at {Show(rules.CostStress)}x costs is {Show(test.Outcome.StressedSharpe)}.",
                    $"On validation the deflated Sharpe ratio is {Show(verdict.DeflatedSharpe)} against {Counted.Of(verdict.Trials, "trial")} ({Show(verdict.EffectiveTrials)} effective).",
                ],
            };
    }

    /// <summary>The conditions of survival that do not hold.</summary>
    private static List<string> Doubts(TrialVerdict verdict, TestOutcome test, VerdictRules rules)
    {
        var doubts = new List<string>();
        if (!(test.AdjustedProbability >= rules.MinimumProbability))
        {
            doubts.Add($"The Holm-adjusted probabilistic Sharpe ratio on test is {Show(test.AdjustedProbability)}: {Show(rules.MinimumProbability)} is needed.");
        }
        else if (!(test.CreditedProbabilisticSharpe >= rules.MinimumProbability))
        {
            doubts.Add(FewDays("probabilistic Sharpe ratio on test", test.CreditedProbabilisticSharpe, rules));
        }

        if (!(test.StressedSharpe > 0))
        {
            doubts.Add($"The net Sharpe ratio on test at {Show(rules.CostStress)}x costs is {Show(test.StressedSharpe)}: it must exceed 0.");
        }

        if (!(verdict.DeflatedSharpe >= rules.MinimumProbability))
        {
            doubts.Add($"The deflated Sharpe ratio on validation is {Show(verdict.DeflatedSharpe)} against {Counted.Of(verdict.Trials, "trial")} ({Show(verdict.EffectiveTrials)} effective): {Show(rules.MinimumProbability)} is needed.");
        }
        else if (!(verdict.CreditedDeflatedSharpe >= rules.MinimumProbability))
        {
            doubts.Add(FewDays("deflated Sharpe ratio on validation", verdict.CreditedDeflatedSharpe, rules));
        }

        return doubts;
    }

    private static string FewDays(string what, double? credited, VerdictRules rules) =>
        $"A few days make the result: without their favourable skew, credited from {ReturnMoments.FewestCredited} days on, the {what} is {Show(credited)}: {Show(rules.MinimumProbability)} is needed.";

    private static string ValidationSentence(TrialEvidence trial, TrialVerdict verdict) => trial.Status switch
    {
        TrialStatus.Failed => "The run failed: there is nothing to judge.",
        TrialStatus.Cancelled => "The run was cancelled: there is nothing to judge.",
        _ when verdict.Trials <= 1 => $"Net Sharpe ratio on validation is {Show(verdict.NetSharpe)} (t {Show(verdict.TStatistic)}, {Counted.Of(trial.Trades, "trade")}); taken alone, with no other trial counted, its probability of being more than luck is {Show(verdict.DeflatedSharpe)}.",
        _ => $"Net Sharpe ratio on validation is {Show(verdict.NetSharpe)} (t {Show(verdict.TStatistic)}, {Counted.Of(trial.Trades, "trade")}); deflated for {Counted.Of(verdict.Trials, "trial")} ({Show(verdict.EffectiveTrials)} effective) its probability of being more than luck is {Show(verdict.DeflatedSharpe)}.",
    };

    private static double? Root(double? value) => value is { } v ? Math.Sqrt(v) : null;

    private static string Show(double? value) => value is { } v ? v.ToString("0.####", CultureInfo.InvariantCulture) : "undefined";

    private static InvalidInputException Invalid(string path, string message) => new(new Problem("invalid_evidence", path, message));
}
