using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// From a model's answers to decisions and fills. Every decision of the window that is known at a cut, and every fill, is held against the one that another future leads to: the changed
/// bars and answers are run from the start of the window until shortly after the cut. The memory for answers serves one run after the other; one thread at a time.
/// </summary>
internal sealed class TradingProof(SweepFutures futures, ulong seed)
{
    private readonly (float[] Outputs, bool[] Ready)[] _answers = new (float[], bool[])[futures.Changed.Count];
    private Signal[] _signals = [];

    /// <summary>Leaks of one seed's run.</summary>
    /// <param name="run">Its headline is looked at.</param>
    /// <param name="traded">The symbol whose bars were changed.</param>
    /// <param name="decisions">What decided it.</param>
    /// <param name="fill">How decisions become fills; null: as in a backtest of this symbol.</param>
    public LookaheadReport Of(BacktestRun run, SymbolRun traded, ModelDecisions decisions, Func<BarSeries, IDecisions, IReadOnlyList<Fill>>? fill)
    {
        var (bars, start, timeframe) = (traded.Bars, traded.Start, traded.Bars.Timeframe.Name);
        var fills = fill is null && run.Headline.Symbols.Count == 1 ? run.Headline.Result.Fills : Filled(bars, decisions);
        var original = StrategyProof.OfFills(timeframe, bars, fills, 0);
        Decide(bars, decisions, start);
        var leaks = new List<Leak>();
        for (var f = 0; f < futures.Changed.Count; f++)
        {
            var future = futures.Changed[f];
            var others = Answers(f, decisions, start);
            if (FirstOtherDecision(bars, others, start, future.Known) is { } row)
            {
                leaks.Add(new Leak(LeakKind.Decision, "decision", timeframe, row, future.Cut));
            }
            else if (ProofNode.FirstDifference(original, StrategyProof.OfFills(timeframe, future.Ahead, Filled(future.Ahead, others), 0), future.Change, future.Now) is { } bar)
            {
                leaks.Add(new Leak(LeakKind.Fill, "fill", timeframe, bar, future.Cut));
            }
        }

        return new LookaheadReport(
            [futures.TriedAt(futures.CutPoints)],
            [new CheckedNode(LeakKind.Decision, "decision", timeframe, bars.Count - start), new CheckedNode(LeakKind.Fill, "fill", timeframe, original.Count)],
            [.. leaks.Distinct()]);

        IReadOnlyList<Fill> Filled(BarSeries given, ModelDecisions answers) =>
            fill is not null ? fill(given, answers) : Backtester.Fills(new SymbolRun(given, start, given.Count, answers, traded.Instrument), run.Options);
    }

    private ModelDecisions Answers(int at, ModelDecisions decisions, int start)
    {
        var (future, width) = (futures.Changed[at], decisions.Width);
        var count = future.Ahead.Count;
        ref var memory = ref _answers[at];
        if (memory.Outputs is null || memory.Outputs.Length != count * width)
        {
            memory = (new float[count * width], new bool[count]);
        }

        return decisions.InAnotherFuture(start, future.Known, new Generator(seed, $"answers-{future.Cut}"), memory.Outputs, memory.Ready);
    }

    private void Decide(BarSeries bars, ModelDecisions decisions, int start)
    {
        var count = 2 * (bars.Count - start);
        _signals = _signals.Length < count ? new Signal[count] : _signals;
        for (var row = start; row < bars.Count; row++)
        {
            (_signals[2 * (row - start)], _signals[(2 * (row - start)) + 1]) = Signals(decisions, bars, row);
        }
    }

    private int? FirstOtherDecision(BarSeries bars, ModelDecisions others, int start, int known)
    {
        for (var row = start; row < known; row++)
        {
            if (Signals(others, bars, row) != (_signals[2 * (row - start)], _signals[(2 * (row - start)) + 1]))
            {
                return row;
            }
        }

        return null;
    }

    /// <summary>Without a position and with one.</summary>
    private static (Signal Flat, Signal Long) Signals(ModelDecisions decisions, BarSeries bars, int row) => (
        decisions.Decide(new DecisionMoment(row, bars.Times[row], PositionSide.Flat, -1, 0)).Signal,
        decisions.Decide(new DecisionMoment(row, bars.Times[row], PositionSide.Long, row, bars.Times[row])).Signal);
}
