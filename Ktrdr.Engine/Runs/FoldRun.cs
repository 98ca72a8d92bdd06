using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>What models trained without a fold did on it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="TestStart">Open time of the first tested bar, Unix milliseconds UTC.</param>
/// <param name="TestEnd">Open time of the last tested bar, inclusive.</param>
/// <param name="TestLoss">Mean cross-entropy, or mean squared error in the labels' unit, over the test rows; the mean over the seeds.</param>
/// <param name="Accuracy">Share of test rows whose class, or for a regression whose sign, was right; the mean over the seeds.</param>
/// <param name="Daily">Daily net returns over the tested stretches, all seeds together; null where the model does not trade by itself.</param>
public sealed record FoldOutcome(int Number, long TestStart, long TestEnd, int TrainRows, int TestRows, double TestLoss, double Accuracy, DailyReturns? Daily);

/// <summary>Trains and tests every fold of a document's validation scheme inside its training window. A holdout has no stretch to test, so no fold.</summary>
/// <param name="strategy">Its <see cref="StrategyDocument.Validation"/> says how the window is split.</param>
/// <param name="market">The bars of <paramref name="table"/>.</param>
/// <param name="table">See <see cref="TrainingRun.Table"/>.</param>
/// <param name="seeds">At least one.</param>
/// <param name="epochs">Epochs at most; null: those of the document.</param>
/// <param name="options">Account and costs of the tests.</param>
public sealed class FoldRun(StrategyDocument strategy, MarketView market, TrainingTable table, IReadOnlyList<ulong> seeds, int? epochs, BacktestOptions options)
{
    /// <summary>The folds of a table; another choice plants a leak.</summary>
    internal Func<TrainingTable, IReadOnlyList<TrainingFold>>? Split { get; init; }

    /// <summary>The training of a fold; another one plants a leak.</summary>
    internal Func<FeatureMatrix, TrainingFold, TrainingRun>? Fit { get; init; }

    /// <summary>Runs the folds one after the other. What is fitted for a fold is proven not to know what it is tested on before it is trained (<see cref="FoldProof"/>).</summary>
    /// <param name="maxThreads">Seeds at a time; no result depends on it.</param>
    /// <param name="onFold">Told after each fold how many of how many are done.</param>
    /// <param name="resume">Continue from here, or null to start; the rest gives the bits of the unbroken run.</param>
    /// <param name="onState">Given a state to go on from after every epoch of every seed and after every fold.</param>
    /// <exception cref="InvalidInputException">A part of a split comes out empty, what a training refuses, a fold that knows what it is tested on, or a checkpoint of other folds.</exception>
    public IReadOnlyList<FoldOutcome> Run(
        int maxThreads, Action<int, int>? onFold = null, FoldCheckpoint? resume = null, Action<FoldCheckpoint>? onState = null, CancellationToken cancellation = default)
    {
        if (strategy.Validation is not { Scheme: not ValidationScheme.Holdout } scheme)
        {
            return [];
        }

        var split = Split ?? (of => of.Folds(scheme, TrainingRun.ValidationFraction(strategy)));
        var fit = Fit ?? ((features, fold) => TrainingRun.Of(strategy, features, fold, seeds, epochs));
        var (folds, proof) = (split(table), new FoldProof(strategy, market, table, split, fit));
        var state = new FoldCheckpoint(Fingerprint(), [], null);
        if (resume is not null && (resume.Fingerprint != state.Fingerprint || resume.Finished.Count > folds.Count))
        {
            throw CheckpointSeal.Invalid("its folds are of another training");
        }

        state = resume ?? state;
        for (var next = state.Finished.Count; next < folds.Count; next++)
        {
            cancellation.ThrowIfCancellationRequested();
            var run = fit(table.Features, folds[next]);
            proof.Require(next, run);
            var before = state;
            var outcome = run.Train(maxThreads, before.Current, onState is null ? null : (_, take) => onState(before with { Current = take() }), cancellation);
            state = state with { Finished = [.. state.Finished, Test(next + 1, run, run.Trained(outcome), cancellation)], Current = null };
            onState?.Invoke(state);
            onFold?.Invoke(next + 1, folds.Count);
        }

        return state.Finished;
    }

    private string Fingerprint() =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{StrategyHash.Of(strategy)};{string.Join(',', market.Symbols.Select(s => s.ContentHash))};{string.Join(',', market.Context.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Value.ContentHash))};{table.Features.Rows};{table.Features.FirstReady};{string.Join(',', seeds)};{epochs};{options}"))));

    private FoldOutcome Test(int number, TrainingRun run, TrainedStrategy trained, CancellationToken cancellation)
    {
        var (rows, labels) = (run.Fold.Rows.Test, run.Fold.Labels);
        var losses = new double[trained.Seeds.Count];
        var right = new double[trained.Seeds.Count];
        for (var s = 0; s < losses.Length; s++)
        {
            (losses[s], right[s]) = Measure(trained.Seeds[s].Network, run.Features, labels, rows);
        }

        var times = rows.Select(TimeOf).ToList();
        var daily = strategy.Decisions.OutputFormat.Trades() ? Chain([.. run.Fold.TestTimes.Select(stretch => BacktestRun.Of(trained, market.Before(stretch.EndExclusive), stretch.Start, options, null, cancellation).Daily)]) : null;
        return new FoldOutcome(number, times.Min(), times.Max(), run.Fold.Rows.Train.Length, rows.Length, Reductions.Mean(losses), Reductions.Mean(right), daily);
    }

    /// <summary>Mean loss and share of right answers over the rows, which are asked for in stretches. An answer that is no number makes the loss none and is never right.</summary>
    internal static (double Loss, double Right) Measure(Network network, FeatureMatrix features, LabelSeries labels, int[] rows)
    {
        var width = network.Shape.Outputs;
        var outputs = new float[Math.Min(FeatureStream.TileRows, rows.Length) * width];
        var (loss, right) = (0.0, 0);
        for (var start = 0; start < rows.Length;)
        {
            var count = 1;
            while (count < FeatureStream.TileRows && start + count < rows.Length && rows[start + count] == rows[start] + count)
            {
                count++;
            }

            network.Predict(features.Values, rows[start], count, outputs);
            for (var i = 0; i < count; i++)
            {
                var row = rows[start + i];
                ReadOnlySpan<float> answer = outputs.AsSpan(i * width, width);
                if (labels.IsRegression)
                {
                    var error = (double)answer[0] - labels.Target[row];
                    loss += error * error;
                    right += HaveOneSign(answer[0], labels.Target[row]) ? 1 : 0;
                }
                else
                {
                    loss -= Elementary.Log(Math.Max(answer[labels.Class[row]], float.Epsilon));
                    right += !float.IsNaN(answer[labels.Class[row]]) && MostProbable(answer) == labels.Class[row] ? 1 : 0;
                }
            }

            start += count;
        }

        return (loss / rows.Length, (double)right / rows.Length);
    }

    /// <summary>Unlike <see cref="Math.Sign(float)"/>, which a network that overflows on rows it was not trained on would make throw.</summary>
    private static bool HaveOneSign(float a, float b) => (a > 0 && b > 0) || (a < 0 && b < 0) || (a == 0 && b == 0);

    private static int MostProbable(ReadOnlySpan<float> probabilities)
    {
        var best = 0;
        for (var i = 1; i < probabilities.Length; i++)
        {
            best = probabilities[i] > probabilities[best] ? i : best;
        }

        return best;
    }

    private long TimeOf(int row)
    {
        var symbol = table.Symbols.Last(s => s.FirstRow <= row);
        return symbol.Bars.Times[row - symbol.FirstRow];
    }

    /// <summary>Stretches of time one after the other; a day that two of them touch counts once, with both returns.</summary>
    private static DailyReturns Chain(IReadOnlyList<DailyReturns> stretches)
    {
        var days = new SortedDictionary<int, double>();
        foreach (var stretch in stretches)
        {
            for (var i = 0; i < stretch.Count; i++)
            {
                days[stretch.Days[i]] = ((1 + days.GetValueOrDefault(stretch.Days[i])) * (1 + stretch.Returns[i])) - 1;
            }
        }

        return new DailyReturns([.. days.Keys], [.. days.Values]);
    }
}
