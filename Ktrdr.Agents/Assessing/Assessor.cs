using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Research;
using Counted = Ktrdr.Engine.Counted;

namespace Ktrdr.Agents.Assessing;

/// <summary>All that is known of an experiment when it is assessed.</summary>
/// <param name="Backtest">Null where the training gate stopped the experiment.</param>
internal sealed record Evidence(Experiment Experiment, TrainingResult? Training, BacktestResult? Backtest, IReadOnlyList<InputAttribution> Attribution);

/// <summary>Says in sentences what the evidence says. Every number in them comes from the runs; nothing is computed here but differences of them.</summary>
internal static class Assessor
{
    public static Assessment Assess(Evidence evidence)
    {
        var findings = new List<string>();
        var strengths = new List<string>();
        var weaknesses = new List<string>();
        var suggestions = new List<string>();
        if (evidence.Training is { } training)
        {
            DescribeTraining(training, findings, weaknesses);
        }

        var gate = evidence.Experiment.Gate;
        if (gate is { Passed: false })
        {
            findings.Add($"The {gate.Gate} gate stopped it: {gate.Reason}");
            weaknesses.Add($"It cannot be judged: {gate.Reason}");
            suggestions.Add(gate.Gate == "backtest" ? "Lower the decision threshold or choose a longer horizon, so that predictions can exceed it." : "Learn more slowly, with a smaller network, or from other inputs.");
        }
        else if (evidence.Backtest is { } backtest)
        {
            DescribeResult(backtest, findings, strengths, weaknesses, suggestions);
            DescribeInputs(evidence.Attribution, findings, strengths, weaknesses, suggestions);
        }

        return new Assessment
        {
            ProvisionalVerdict = gate is { Passed: false } ? "rejected" : evidence.Backtest?.ProvisionalVerdict ?? "rejected",
            Findings = findings,
            Strengths = strengths,
            Weaknesses = weaknesses,
            Suggestions = suggestions,
            Attribution = evidence.Attribution,
        };
    }

    private static void DescribeTraining(TrainingResult training, List<string> findings, List<string> weaknesses)
    {
        var accuracy = training.ValidationAccuracy is { } correct ? $", accuracy {Text.Percent(correct, 1)}" : "";
        findings.Add(
            $"Training on {Counted.Of(training.TrainRows, "row")} stopped after {Counted.Of(training.EpochsTrained, "epoch")} ({training.StopReason}); the best was epoch {training.BestEpoch} with a validation loss of {Text.Significant(training.ValidationLoss)}{accuracy} on {Counted.Of(training.ValidationRows, "row")}.");
        foreach (var (set, share) in training.UncoveredShare.Where(s => s.Value > 0.05).OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            weaknesses.Add($"The fuzzy set {set} says nothing about {Text.Percent(share, 1)} of the bars.");
        }

        if (training.AllZeroShare is > 0.01 and var zeros)
        {
            weaknesses.Add($"On {Text.Percent(zeros, 1)} of the rows no fuzzy set says anything: the network sees nothing but zeros there.");
        }
    }

    private static void DescribeResult(BacktestResult backtest, List<string> findings, List<string> strengths, List<string> weaknesses, List<string> suggestions)
    {
        var m = backtest.Metrics;
        var net = m.FinalEquity - backtest.InitialCapital;
        var gross = net + m.CostsPaid;
        findings.Add($"Net Sharpe {Text.Signed(m.Sharpe)} (t {Text.Signed(m.NetTStatistic)}) from {Counted.Of(m.Trades, "trade")} in {Counted.Of(backtest.Bars, "bar")} of {backtest.Window}; exposure {Text.Percent(m.Exposure, 1)}, win rate {Text.Percent(m.WinRate, 1)}.");
        findings.Add($"Before costs it {(gross >= 0 ? "gained" : "lost")} {Text.Number(Math.Abs(gross), 0)}; costs took {Text.Number(m.CostsPaid, 0)}, which leaves {Text.Signed(net, 0)} on a capital of {Text.Number(backtest.InitialCapital, 0)}.");
        findings.Add($"Deepest drawdown {Text.Percent(m.MaxDrawdown)}; net Sharpe at twice the costs {Text.Signed(backtest.SharpeAtDoubleCosts)}, at three times {Text.Signed(backtest.SharpeAtTripleCosts)}; buy and hold {Text.Signed(backtest.BuyAndHoldSharpe)}.");
        foreach (var reason in backtest.ProvisionalReasons)
        {
            findings.Add($"Verdict rules: {reason}");
        }

        foreach (var leak in backtest.Leaks)
        {
            weaknesses.Add($"{leak} sees the future: the result is worth nothing.");
        }

        if (backtest.Proof is { CutPoints: 0 })
        {
            weaknesses.Add("Nothing could be tried to see whether it knows the future: its window has no bar at which the rest could be changed.");
        }

        (m.Sharpe > 0 ? strengths : weaknesses).Add($"Net Sharpe {Text.Signed(m.Sharpe)} on {backtest.Window}.");
        if (backtest.SharpeAtDoubleCosts > 0)
        {
            strengths.Add($"Still earns at twice the costs (Sharpe {Text.Signed(backtest.SharpeAtDoubleCosts)}).");
        }

        if (m.Sharpe > backtest.BuyAndHoldSharpe && m.Sharpe > 0)
        {
            strengths.Add($"Better than buy and hold ({Text.Signed(m.Sharpe)} against {Text.Signed(backtest.BuyAndHoldSharpe)}).");
        }

        if (gross > 0 && net <= 0)
        {
            weaknesses.Add($"Costs of {Text.Number(m.CostsPaid, 0)} are more than the {Text.Number(gross, 0)} it earned before them.");
            suggestions.Add("Trade less often: a higher threshold, more bars between trades, or a longer horizon.");
        }
        else if (gross <= 0)
        {
            suggestions.Add("The direction is not predicted even before costs: try another mechanism rather than other thresholds.");
        }

        if (m.Sharpe > 0 && m.NetTStatistic < 2)
        {
            suggestions.Add($"A t-statistic of {Text.Signed(m.NetTStatistic)} is within what chance gives: look for the same mechanism in other inputs before believing it.");
        }
    }

    private static void DescribeInputs(IReadOnlyList<InputAttribution> attribution, List<string> findings, List<string> strengths, List<string> weaknesses, List<string> suggestions)
    {
        foreach (var input in attribution)
        {
            findings.Add(input.Contribution is { } contribution
                ? $"Without {input.Input} the loss on the last fifth of the training window is {Text.Significant(input.LossWithout)} instead of {Text.Significant(input.LossWith)} ({Signed(contribution)})."
                : $"What {input.Input} brings is unknown: a training without it, or the one it is compared with, gave no finite loss.");
        }

        var known = attribution.Where(i => i.Contribution is not null).ToArray();
        if (known.MaxBy(i => i.Contribution) is { Contribution: > 0 } best)
        {
            strengths.Add($"{best.Input} helps most: leaving it out costs {Text.Significant(best.Contribution, 3)} of loss.");
        }

        foreach (var useless in known.Where(i => i.Contribution <= 0))
        {
            weaknesses.Add($"{useless.Input} does not help: without it the loss is {Text.Significant(-useless.Contribution, 3)} lower.");
            suggestions.Add($"Leave {useless.Input} out.");
        }
    }

    private static string Signed(double contribution) => contribution >= 0 ? $"+{Text.Significant(contribution, 3)}" : Text.Significant(contribution, 3);
}
