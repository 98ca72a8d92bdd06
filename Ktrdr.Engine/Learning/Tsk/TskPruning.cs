namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>What pruning did.</summary>
/// <param name="RulesBefore">Rules that were trained.</param>
/// <param name="RulesAfter">Rules that stayed.</param>
/// <param name="LossBefore">Of the trained network, on the validation rows (training rows without any).</param>
/// <param name="LossAfter">Of the network that stayed, on the same rows.</param>
/// <param name="Refitted">Whether the consequents were fitted again; false where the trained ones were better.</param>
public sealed record TskPruningReport(int RulesBefore, int RulesAfter, double LossBefore, double LossAfter, bool Refitted);

/// <summary>Takes weak rules out of a trained network and fits the consequents of the others again, as long as the loss stays.</summary>
internal static class TskPruning
{
    /// <summary>Rise of the loss that pruning may cost, as a share of it.</summary>
    private const double Tolerance = 3e-3;

    /// <param name="pruneBelow">Rules with a smaller share of the summed mean firing × consequent are candidates.</param>
    public static (TskNetwork Network, TskPruningReport Report) Run(TskNetwork trained, TrainingSet set, float[] lossWeights, LossFunction loss, double pruneBelow)
    {
        var judges = set.ValidationRows.Any(r => lossWeights[r] > 0) ? set.ValidationRows : set.TrainRows;
        var before = Loss(trained, set, judges, lossWeights, loss);
        var refitted = Refit(trained, set, lossWeights, loss);
        var refittedLoss = Loss(refitted, set, judges, lossWeights, loss);
        var (start, isRefitted) = refittedLoss <= before * (1 + Tolerance) ? (refitted, true) : (trained, false);
        var best = (Network: start, Loss: isRefitted ? refittedLoss : before, IsRefitted: isRefitted);

        var weak = WeakestFirst(start, set, pruneBelow);
        for (var count = weak.Length; count > 0; count /= 2)
        {
            // A network that training brought beyond what a fit of its consequents gives is left as it is, but for the rules.
            var smaller = Without(start, [.. weak.Take(count)]);
            var fitted = Refit(smaller, set, lossWeights, loss);
            var (asItWas, again) = (Loss(smaller, set, judges, lossWeights, loss), Loss(fitted, set, judges, lossWeights, loss));
            var candidate = again <= asItWas ? (Network: fitted, Loss: again, IsRefitted: true) : (Network: smaller, Loss: asItWas, IsRefitted: isRefitted);
            if (candidate.Loss <= best.Loss * (1 + Tolerance))
            {
                best = candidate;
                break;
            }
        }

        var report = new TskPruningReport(trained.Shape.Rules.Count, best.Network.Shape.Rules.Count, before, best.Loss, best.IsRefitted);
        return (best.Network, report);
    }

    /// <summary>Rules below the share, the weakest first; at least one rule always stays.</summary>
    private static int[] WeakestFirst(TskNetwork network, TrainingSet set, double pruneBelow)
    {
        var statistics = TskRuleStatistics.Of(network, set.Features, set.TrainRows);
        var strength = Enumerable.Range(0, network.Shape.Rules.Count).Select(statistics.Strength).ToArray();
        var total = strength.Sum();
        var order = Enumerable.Range(0, strength.Length).OrderBy(r => strength[r]).ThenByDescending(r => r);
        return [.. order.Where(r => strength[r] < pruneBelow * total).Take(strength.Length - 1)];
    }

    private static TskNetwork Refit(TskNetwork network, TrainingSet set, float[] lossWeights, LossFunction loss)
    {
        var copy = (TskNetwork)network.Clone();
        TskConsequents.Fit(copy, set, lossWeights, loss);
        return copy;
    }

    /// <summary>The same network with fewer rules; terms stay as they were trained.</summary>
    private static TskNetwork Without(TskNetwork network, HashSet<int> rules)
    {
        var (from, shape) = (network.Layout, network.Shape);
        var kept = Enumerable.Range(0, from.Rules).Where(r => !rules.Contains(r)).ToArray();
        var pruned = new TskNetwork(shape with { Rules = [.. kept.Select(r => shape.Rules[r])] });
        var to = pruned.Layout;
        var source = network.Parameters.Span;
        var target = pruned.Parameters.Span;
        source[..from.Outputs].CopyTo(target);
        source[from.Shifts..from.Length].CopyTo(target[to.Shifts..]);
        for (var r = 0; r < kept.Length; r++)
        {
            source.Slice(from.Constants + (kept[r] * from.Outputs), from.Outputs).CopyTo(target[(to.Constants + (r * to.Outputs))..]);
            var antecedents = to.FirstAntecedent[r + 1] - to.FirstAntecedent[r];
            source.Slice(from.Slopes + (from.FirstAntecedent[kept[r]] * from.Outputs), antecedents * from.Outputs).CopyTo(target[(to.Slopes + (to.FirstAntecedent[r] * to.Outputs))..]);
        }

        return pruned;
    }

    /// <summary>Weighted mean loss on some rows.</summary>
    private static unsafe double Loss(TskNetwork network, TrainingSet set, int[] rows, float[] lossWeights, LossFunction loss)
    {
        var pass = network.CreatePass(training: false);
        var tally = default(LossTally);
        for (var first = 0; first < rows.Length; first += pass.TileRows)
        {
            pass.LoadRows(set, lossWeights, rows.AsSpan(first, Math.Min(pass.TileRows, rows.Length - first)));
            pass.Infer(network.Parameters.Pointer);
            pass.Loss(loss, ref tally, null);
        }

        GC.KeepAlive(network);
        return tally.Loss / tally.Weight;
    }
}
