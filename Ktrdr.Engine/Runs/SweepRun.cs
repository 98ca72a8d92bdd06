using System.Collections.Concurrent;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>One variant, trained and backtested.</summary>
public sealed record VariantOutcome(TrainedStrategy Trained, BacktestRun Backtest, double? SharpeAtDoubleCosts);

/// <summary>
/// Trains and backtests variants of a strategy on the same bars: each indicator is computed once, and variants that differ only in how they decide, pay, size and leave share one training.
/// Any number of threads may run variants; each variant's result depends on nothing but the variant.
/// </summary>
/// <param name="market">Bars up to the end of the backtest's window, or of the training's if that is later.</param>
/// <param name="training">Window to learn from, open times [start, end) in Unix milliseconds UTC.</param>
/// <param name="test">Window to backtest on, the same way.</param>
/// <param name="seeds">At least one; a document's own come first.</param>
/// <param name="options">Account and costs of a variant.</param>
public sealed class SweepRun(MarketView market, (long Start, long End) training, (long Start, long End) test, IReadOnlyList<ulong> seeds, int? epochs, Func<StrategyDocument, BacktestOptions> options)
{
    /// <summary>Trainings that are kept: variants of one training follow each other where the grid's later axes are of the decision.</summary>
    private const int KeptTrainings = 64;

    private readonly MarketView _training = market.Before(training.End);
    private readonly MarketView _test = market.Before(test.End);
    private readonly IndicatorMemory _memory = new();
    private readonly ConcurrentDictionary<string, Lazy<TrainedStrategy>> _trained = new(StringComparer.Ordinal);

    /// <exception cref="InvalidInputException">The variant cannot be trained or run on these bars.</exception>
    public VariantOutcome Run(StrategyDocument variant, CancellationToken cancellation = default)
    {
        var key = TrainingKey(variant);
        var shared = _trained.GetOrAdd(key, _ => new Lazy<TrainedStrategy>(() => Train(variant, cancellation)));
        TrainedStrategy trained;
        try
        {
            trained = shared.Value with { Strategy = variant };
        }
        catch
        {
            // A cancelled training must not be remembered as this one's.
            _trained.TryRemove(new(key, shared));
            throw;
        }

        if (_trained.Count > KeptTrainings)
        {
            _trained.Clear();
        }

        var run = BacktestRun.Of(trained, _test, test.Start, options(variant), _memory, cancellation);
        return new VariantOutcome(trained, run, run.DailyAtCosts(2, cancellation).Sharpe);
    }

    /// <summary>What two variants must share to share a training: everything but how outputs become fills.</summary>
    internal static string TrainingKey(StrategyDocument variant) => StrategyHash.Of(variant with
    {
        Decisions = new DecisionSpec { OutputFormat = variant.Decisions.OutputFormat },
        Costs = null,
        Sizing = null,
        Exits = null,
        Validation = null,
    });

    private TrainedStrategy Train(StrategyDocument variant, CancellationToken cancellation)
    {
        var table = TrainingRun.Table(variant, _training, training.Start, _memory);
        var run = TrainingRun.Of(variant, table, variant.Seeds.Count > 0 ? [.. variant.Seeds] : seeds, epochs);
        return run.Trained(run.Train(maxThreads: 1, cancellation: cancellation));
    }
}
