using System.Runtime.InteropServices;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>The decisions of a trained model whose outputs were computed for every bar beforehand.</summary>
public sealed class ModelDecisions : IDecisions
{
    private readonly DecisionFunction _function;
    private readonly float[] _outputs;
    private readonly bool[] _ready;

    /// <param name="function">How an output becomes a signal.</param>
    /// <param name="outputs">Row-major, one row of <see cref="DecisionFunction.OutputCount"/> per bar: class probabilities (after softmax), or predicted returns. Rows that are not ready are never read.</param>
    /// <param name="ready">One flag per bar: the row's features are complete.</param>
    /// <exception cref="InvalidInputException">The lengths do not fit.</exception>
    public ModelDecisions(DecisionFunction function, float[] outputs, bool[] ready)
    {
        if (outputs.Length != ready.Length * function.OutputCount)
        {
            throw new InvalidInputException(new Problem(
                "invalid_outputs", "outputs", $"{outputs.Length} outputs for {ready.Length} bars: {function.OutputCount} per bar are needed."));
        }

        _function = function;
        _outputs = outputs;
        _ready = ready;
    }

    public int Count => _ready.Length;

    public Decision Decide(in DecisionMoment now) =>
        _ready[now.Bar] ? _function.Decide(Row(now.Bar), now) : Decision.Hold(HoldReason.NotReady);

    public EntryReason Explain(int bar)
    {
        var row = Row(bar);
        return new EntryReason(bar, _function.Confidence(row), row.ToArray());
    }

    /// <summary>The same with thresholds moved by the context: see <see cref="DecisionFunction.Decide(ReadOnlySpan{float}, in DecisionMoment, double, double)"/>.</summary>
    internal Decision Decide(in DecisionMoment now, double buyFactor, double sellFactor) =>
        _ready[now.Bar] ? _function.Decide(Row(now.Bar), now, buyFactor, sellFactor) : Decision.Hold(HoldReason.NotReady);

    /// <summary>The same outputs under the short rule of an ensemble.</summary>
    internal ModelDecisions WithShorts(bool allowShortFromFlat) =>
        new(new DecisionFunction(_function.Spec with { AllowShortFromFlat = allowShortFromFlat }), _outputs, _ready);

    /// <summary>The same answers for the first bars, and for those after them the answers of other bars drawn at random: what the model might say in another future.</summary>
    /// <param name="start">First bar that is decided; those before it stay as they are in the memory.</param>
    /// <param name="known">Bars whose answers stay.</param>
    /// <param name="outputs">Memory for the answers to every bar of that future.</param>
    /// <param name="ready">Memory as long as that future, at least <paramref name="known"/>.</param>
    internal ModelDecisions InAnotherFuture(int start, int known, Generator generator, float[] outputs, bool[] ready)
    {
        var width = _function.OutputCount;
        _outputs.AsSpan(start * width, (known - start) * width).CopyTo(outputs.AsSpan(start * width));
        _ready.AsSpan(start, known - start).CopyTo(ready.AsSpan(start));
        for (var bar = known; bar < ready.Length; bar++)
        {
            var from = generator.NextInt(Count);
            Row(from).CopyTo(outputs.AsSpan(bar * width));
            ready[bar] = _ready[from];
        }

        return new ModelDecisions(_function, outputs, ready);
    }

    /// <summary>Answers per bar.</summary>
    internal int Width => _function.OutputCount;

    /// <summary>A bar has these answers, bit for bit, or has none, as is said; answers that are not ready are never read.</summary>
    internal bool Says(int bar, bool isReady, ReadOnlySpan<float> outputs) =>
        _ready[bar] == isReady && (!isReady || MemoryMarshal.AsBytes(Row(bar)).SequenceEqual(MemoryMarshal.AsBytes(outputs)));

    private ReadOnlySpan<float> Row(int bar) => _outputs.AsSpan(bar * _function.OutputCount, _function.OutputCount);

    internal readonly struct Cursor(ModelDecisions decisions) : IDecisionCursor
    {
        private readonly ModelDecisions _decisions = decisions;

        public int NextOrder(int from, int until, ReadOnlySpan<long> times, in HeldState state, DecisionTally tally, out Signal order)
        {
            var (function, ready, outputs) = (_decisions._function, _decisions._ready, _decisions._outputs);
            var width = function.OutputCount;

            // Decisions come in stretches of the same one: counted together.
            var (same, count) = (Decision.Hold(HoldReason.NotReady), 0);
            for (var bar = from; bar < until; bar++)
            {
                // What the model says by itself is nearly always HOLD or not: only the rest needs to know about the moment.
                var decision = ready[bar] ? function.Raw(outputs.AsSpan(bar * width, width)) : Decision.Hold(HoldReason.NotReady);
                if (decision.Signal != Signal.Hold)
                {
                    decision = function.Filter(decision.Signal, new DecisionMoment(bar, times[bar], state.Position, state.LastFillBar, state.LastFillTime));
                }

                if (decision != same)
                {
                    tally.Add(same, count);
                    (same, count) = (decision, 0);
                }

                count++;
                if (decision.Signal != Signal.Hold)
                {
                    tally.Add(same, count);
                    order = decision.Signal;
                    return bar;
                }
            }

            tally.Add(same, count);
            order = Signal.Hold;
            return until;
        }
    }
}
