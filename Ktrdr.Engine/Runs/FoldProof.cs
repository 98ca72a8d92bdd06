using System.Runtime.InteropServices;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// The proof that what is fitted for a fold knows nothing of what the fold is tested on, bit for bit, in two links:
/// <list type="bullet">
/// <item>Rows to fits, every fold: features and labels of all rows that it neither trains on nor stops by are replaced, and scaling, scaled targets, sample weights, a tsk model's words and
/// rules, and the weights after an epoch must stay.</item>
/// <item>Bars to rows, every fold that is tested after all it learns from: all bars from the first tested one on are others, context too, and which rows it learns from, their features and
/// their labels, whose thresholds are fitted, must stay. Of a fold that also learns from what comes after its test this cannot be asked: indicators there remember the tested bars, as they
/// do when it is traded.</item>
/// </list>
/// The rest of a fold is under other proofs: a row knows no later bar (<see cref="RunProof.OfTraining(TrainedStrategy, MarketView, long, ulong, IndicatorMemory, IReadOnlyList{FoldOutcome})"/>,
/// on the same table), networks of its kind answer a row without later ones (the same, on those that are kept), and it is tested by the run of every backtest on bars that end with the test.
/// </summary>
/// <param name="market">The bars of <paramref name="table"/>.</param>
/// <param name="split">Gives the folds of a table.</param>
/// <param name="fit">Gives the training of a fold on the features of a table.</param>
internal sealed class FoldProof(
    StrategyDocument strategy, MarketView market, TrainingTable table, Func<TrainingTable, IReadOnlyList<TrainingFold>> split, Func<FeatureMatrix, TrainingFold, TrainingRun> fit)
{
    /// <param name="at">Place of the fold among those that <c>split</c> gives.</param>
    /// <param name="run">What was fitted for it.</param>
    /// <exception cref="InvalidInputException">Something knows what the fold is tested on; it is named.</exception>
    public void Require(int at, TrainingRun run)
    {
        var weights = Weights(run);
        var leak = FirstDifference(run, weights, fit(Replaced(table.Features, run.Fold, at), Replaced(run.Fold, at)));
        leak ??= run.Fold.Rows.Train.Concat(run.Fold.Rows.Validation).Max(TimeOf) < run.Fold.TestTimes[0].Start ? FromOtherBars(at, run, weights) : null;
        if (leak is not null)
        {
            throw new InvalidInputException(new Problem("look_ahead", "validation", $"validation: {leak} of fold {at + 1} knows the bars that the fold is tested on; allowed: what is fitted on the rows it learns from alone."));
        }
    }

    /// <summary>What of a fold's learning other bars from its test on make another; null where nothing.</summary>
    private string? FromOtherBars(int at, TrainingRun run, string weights)
    {
        var (start, tested) = (table.Symbols.Min(s => s.Bars.Times[s.Start]), run.Fold.TestTimes[0].Start);
        var context = market.Context;
        var symbols = new BarSeries[market.Symbols.Count];
        for (var s = 0; s < symbols.Length; s++)
        {
            var bars = market.Symbols[s];
            var timeframe = bars.Timeframe.Name;
            var cut = bars.LowerBound(tested) - 1;
            var inputs = new FeatureInputs(new SortedDictionary<string, BarSeries>(StringComparer.Ordinal) { [timeframe] = bars }) { Context = market.Context };
            var others = cut < 0 ? inputs : PerturbationProof.Futures(inputs, timeframe, [cut], (ulong)at).First().Inputs;
            (symbols[s], context) = (others.Bars[timeframe], ReferenceEquals(context, market.Context) ? others.Context : context);
        }

        var changed = TrainingRun.Table(strategy, new MarketView(symbols, context), start);
        TrainingFold fold;
        try
        {
            fold = split(changed)[at];
        }
        catch (InvalidInputException refused) when (refused.Problems[0] is { Code: "empty_split", Path: "test" })
        {
            // None of the other bars has a label to test on: they say nothing about the learning before them.
            return null;
        }

        return FirstDifference(run, weights, fit(changed.Features, fold));
    }

    /// <summary>The first part of a fold's learning that is another; null where all are the same.</summary>
    private string? FirstDifference(TrainingRun run, string weights, TrainingRun other)
    {
        var rows = run.Fold.Rows;
        int[] used = [.. rows.Train, .. rows.Validation];
        if (!rows.Train.AsSpan().SequenceEqual(other.Fold.Rows.Train) || !rows.Validation.AsSpan().SequenceEqual(other.Fold.Rows.Validation))
        {
            return "the choice of rows";
        }

        if (run.Normalization != other.Normalization)
        {
            return "the scaling";
        }

        if (Array.Exists(used, row => !Window(run, row).SequenceEqual(Window(other, row))))
        {
            return "a feature";
        }

        if (run.TargetScale != other.TargetScale || Array.Exists(used, row => Label(run, row) != Label(other, row)))
        {
            return "a label";
        }

        return run.Shape != other.Shape ? "the shape of the network" : weights != Weights(other) ? "a network" : null;
    }

    private Span<int> Window(TrainingRun run, int row)
    {
        var (columns, length) = (run.Features.Columns, strategy.Model.SequenceLength);
        return MemoryMarshal.Cast<float, int>(run.Features.Values.AsSpan((row + 1 - length) * columns, length * columns));
    }

    private static (int Class, float Target, float Weight) Label(TrainingRun run, int row) =>
        (run.Set.IsRegression ? 0 : run.Set.Classes[row], run.Set.IsRegression ? run.Set.Targets[row] : 0, run.Set.Weights?[row] ?? 1);

    /// <summary>After one epoch of the first seed: enough to read every row that training reads.</summary>
    private static string Weights(TrainingRun run) =>
        (run with { Options = run.Options with { Epochs = 1, Schedule = null }, Seeds = [run.Seeds[0]] }).Train(maxThreads: 1).Outcomes[0].WeightsHash;

    /// <summary>The features with others in all rows that no window of a learning row reaches.</summary>
    private FeatureMatrix Replaced(FeatureMatrix features, TrainingFold fold, int at)
    {
        var isKept = new bool[features.Rows];
        foreach (var row in fold.Rows.Train.Concat(fold.Rows.Validation))
        {
            isKept.AsSpan(row + 1 - strategy.Model.SequenceLength, strategy.Model.SequenceLength).Fill(true);
        }

        var values = (float[])features.Values.Clone();
        var generator = new Generator((ulong)at, "fold-rows");
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = isKept[i / features.Columns] ? values[i] : (float)((200 * generator.NextDouble()) - 100);
        }

        return new FeatureMatrix(features.Names, values, features.IsReady, features.StartsRun, features.LongestLookBack);
    }

    /// <summary>The fold with other labels in all rows that it does not learn from.</summary>
    private static TrainingFold Replaced(TrainingFold fold, int at)
    {
        var (labels, generator) = (fold.Labels, new Generator((ulong)at, "fold-labels"));
        var (classes, targets, ends) = (labels.Class[..], labels.Target[..], labels.End[..]);
        var learned = new HashSet<int>(fold.Rows.Train.Concat(fold.Rows.Validation));
        for (var row = 0; row < ends.Length; row++)
        {
            if (!learned.Contains(row))
            {
                classes[row] = labels.IsRegression ? classes[row] : generator.NextInt(labels.ClassCount);
                targets[row] = labels.IsRegression ? (float)((2 * generator.NextDouble()) - 1) : targets[row];
                ends[row] = row;
            }
        }

        return fold with { Labels = new LabelSeries(labels.IsRegression, labels.ClassCount, classes, targets, ends) };
    }

    private long TimeOf(int row)
    {
        var symbol = table.Symbols.Last(s => s.FirstRow <= row);
        return symbol.Bars.Times[row - symbol.FirstRow];
    }
}
