using System.Collections.Concurrent;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>One variant, trained and backtested.</summary>
/// <param name="Proof">The future-perturbation proof of all that led to it, over the bars of every symbol that has some in the window, without a leak. A symbol that was traded was tried.</param>
public sealed record VariantOutcome(TrainedStrategy Trained, BacktestRun Backtest, double? SharpeAtDoubleCosts, LookaheadReport Proof);

/// <summary>
/// Trains and backtests variants of a strategy on the same bars: each indicator and each series of labels is computed once, and variants that differ only in how they decide, pay, size and leave share one training.
/// Any number of threads may run variants; each variant's result depends on nothing but the variant. A variant that looks ahead is refused.
/// </summary>
public sealed class SweepRun
{
    private readonly (long Start, long End) _trainingWindow;
    private readonly (long Start, long End) _testWindow;
    private readonly IReadOnlyList<ulong> _seeds;
    private readonly int? _epochs;
    private readonly Func<StrategyDocument, BacktestOptions> _options;
    private readonly MarketView _training;
    private readonly MarketView _test;
    private readonly IndicatorMemory _memory;
    private readonly LabelMemory _labels = new();
    private readonly IReadOnlyList<SweepProof> _proofs;
    private readonly IReadOnlyList<LookaheadReport> _unproven;
    private readonly ConcurrentDictionary<string, Lazy<SharedTraining>> _trained = new(StringComparer.Ordinal);
    private int _trainings;

    /// <param name="market">Bars up to the end of the backtest's window, or of the training's if that is later.</param>
    /// <param name="training">Window to learn from, open times [start, end) in Unix milliseconds UTC.</param>
    /// <param name="test">Window to backtest on, the same way.</param>
    /// <param name="seeds">At least one; a document's own come first.</param>
    /// <param name="epochs">Epochs at most; null: those of the variant.</param>
    /// <param name="options">Account and costs of a variant.</param>
    public SweepRun(MarketView market, (long Start, long End) training, (long Start, long End) test, IReadOnlyList<ulong> seeds, int? epochs, Func<StrategyDocument, BacktestOptions> options)
        : this(market, training, test, seeds, epochs, options, new IndicatorMemory())
    {
    }

    internal SweepRun(
        MarketView market, (long Start, long End) training, (long Start, long End) test, IReadOnlyList<ulong> seeds, int? epochs, Func<StrategyDocument, BacktestOptions> options, IndicatorMemory memory)
    {
        (_trainingWindow, _testWindow, _seeds, _epochs, _options, _memory) = (training, test, seeds, epochs, options, memory);
        (_training, _test) = (market.Before(training.End), market.Before(test.End));
        var inWindow = _test.Alone.ToLookup(alone => alone.Primary.LowerBound(test.Start) < alone.Primary.Count);
        _proofs = [.. inWindow[true].Select(alone => new SweepProof(alone, test.Start, memory, seeds[0]))];
        _unproven = [.. inWindow[false].Select(alone => new LookaheadReport([TriedSymbol.Of(alone.Primary, alone.Primary.Count, [])], [], []))];
    }

    /// <summary>How many indicators were computed until now, over the bars of the training and those of the test.</summary>
    public int IndicatorsComputed => _memory.Computed;

    /// <summary>How many series of labels were computed until now, those of fitted thresholds apart.</summary>
    public int LabelsComputed => _labels.Computed;

    /// <summary>How many trainings were begun until now.</summary>
    public int TrainingsBegun => Volatile.Read(ref _trainings);

    /// <summary>How many sets of features were proven until now, of each symbol.</summary>
    public int FeatureSetsProven => _proofs.Sum(proof => proof.FeatureSets);

    /// <summary>Runs one variant; its training is remembered until <see cref="RunAll"/> is through with the last variant that shares it.</summary>
    /// <exception cref="InvalidInputException">The variant cannot be trained or run on these bars, or it looks ahead: the problem names the node.</exception>
    public VariantOutcome Run(StrategyDocument variant, CancellationToken cancellation = default)
    {
        var features = Proven(proof => proof.OfFeatures(variant));
        var shared = Trained(variant, cancellation);
        var trained = shared.Trained with { Strategy = variant };
        var run = BacktestRun.Of(trained, _test, _testWindow.Start, _options(variant), _memory, cancellation);
        var (answers, trading) = (Proven((proof, symbol) => shared.Answers[symbol].Check(run)), Proven(proof => proof.OfTrading(run)));
        var chains = _proofs.Select((_, symbol) => LookaheadReport.Join(features[symbol], shared.Proofs[symbol], answers[symbol], trading[symbol]));
        var proof = RunProof.RequireTried(LookaheadReport.Beside([.. chains, .. _unproven]), run);
        return new VariantOutcome(trained, run, run.DailyAtCosts(2, cancellation).Sharpe, proof);
    }

    /// <summary>
    /// Runs every variant, one per thread at a time. The first variant of each training goes first, so that threads wait for each other's trainings only where nothing else is left to do.
    /// </summary>
    /// <param name="variants">In any order; results do not depend on it.</param>
    /// <param name="maxThreads">At least 1; results do not depend on it.</param>
    /// <param name="onDone">Told the place of each finished variant and what came of it, or why there is nothing; by one thread at a time.</param>
    /// <param name="cancellation">Ends the run between and inside variants.</param>
    public void RunAll(IReadOnlyList<StrategyDocument> variants, int maxThreads, Action<int, VariantOutcome?, InvalidInputException?> onDone, CancellationToken cancellation = default)
    {
        var keys = variants.Select(TrainingKey).ToArray();
        var left = new ConcurrentDictionary<string, int>(keys.CountBy(key => key), StringComparer.Ordinal);
        var order = Enumerable.Range(0, keys.Length).GroupBy(i => keys[i]).SelectMany(group => group.Select((variant, place) => (variant, place)))
            .OrderBy(v => v.place > 0).ThenBy(v => v.variant).Select(v => v.variant).ToArray();
        var turn = new Lock();
        WorkThreads.Run(order.Length, maxThreads, (place, token) =>
        {
            var variant = order[place];
            VariantOutcome? outcome = null;
            InvalidInputException? refused = null;
            try
            {
                outcome = Run(variants[variant], token);
            }
            catch (InvalidInputException reason)
            {
                refused = reason;
            }

            if (left.AddOrUpdate(keys[variant], 0, (_, count) => count - 1) == 0)
            {
                _trained.TryRemove(keys[variant], out _);
            }

            lock (turn)
            {
                token.ThrowIfCancellationRequested();
                onDone(variant, outcome, refused);
            }
        }, cancellation);
    }

    /// <summary>What two variants must share to share a training: everything but how outputs become fills.</summary>
    internal static string TrainingKey(StrategyDocument variant) => StrategyHash.Of(variant with
    {
        Decisions = new DecisionSpec { OutputFormat = variant.Decisions.OutputFormat },
        Costs = null,
        Sizing = null,
        Exits = null,
        Validation = EmbargoOf(variant.Validation),
    });

    /// <summary>Folds are tested beside a training and change nothing in it; a wider embargo takes rows from it.</summary>
    private static ValidationSpec? EmbargoOf(ValidationSpec? validation) =>
        validation?.EmbargoBars is { } bars ? new ValidationSpec(ValidationScheme.Holdout, EmbargoBars: bars) : null;

    private IReadOnlyList<LookaheadReport> Proven(Func<SweepProof, LookaheadReport> link) => Proven((proof, _) => link(proof));

    /// <summary>One link of each symbol's chain. A variant that saw the future is evidence of nothing.</summary>
    /// <param name="link">Given the proof of a symbol and its place.</param>
    private IReadOnlyList<LookaheadReport> Proven(Func<SweepProof, int, LookaheadReport> link)
    {
        LookaheadReport[] reports = [.. _proofs.Select((proof, symbol) => _test.Symbols.Count == 1 ? link(proof, symbol) : link(proof, symbol).Of(proof.Symbol))];
        return reports.All(r => r.Leaks.Count == 0)
            ? reports
            : throw new InvalidInputException([.. reports.SelectMany(r => r.Leaks).Select(leak => new Problem("look_ahead", leak.Node, leak.ToString()))]);
    }

    /// <summary>The variant's training, made by whoever asks first; one that was refused is refused to all who share it.</summary>
    private SharedTraining Trained(StrategyDocument variant, CancellationToken cancellation)
    {
        var key = TrainingKey(variant);
        while (true)
        {
            var shared = _trained.GetOrAdd(key, _ => new Lazy<SharedTraining>(() => Train(variant, cancellation)));
            try
            {
                return shared.Value;
            }
            catch (Exception failure) when (failure is not InvalidInputException)
            {
                // A training that was cancelled, or failed, must not be remembered as this one's; one that another caller cancelled is made here.
                _trained.TryRemove(new(key, shared));
                if (failure is not OperationCanceledException || cancellation.IsCancellationRequested)
                {
                    throw;
                }
            }
        }
    }

    private SharedTraining Train(StrategyDocument variant, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _trainings);
        var table = TrainingRun.Table(variant, _training, _trainingWindow.Start, _memory, _labels);
        var run = TrainingRun.Of(variant, table, variant.Seeds.Count > 0 ? [.. variant.Seeds] : _seeds, _epochs);
        var trained = run.Trained(run.Train(maxThreads: 1, cancellation: cancellation));
        return new SharedTraining(trained, Proven(proof => proof.OfModel(trained)), [.. _proofs.Select(proof => proof.AnswersOf(trained))]);
    }

    /// <param name="Proofs">Per proven symbol, from scaled features to what the networks answer.</param>
    /// <param name="Answers">Per proven symbol, what every run of it must have been decided by.</param>
    private sealed record SharedTraining(TrainedStrategy Trained, IReadOnlyList<LookaheadReport> Proofs, IReadOnlyList<RunAnswers> Answers);
}
