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
        private readonly DecisionFunction _function = decisions._function;
        private readonly AnswerBlock _answers = new(decisions._function, decisions._outputs, decisions._ready);

        public int NextOrder(int from, int until, ReadOnlySpan<long> times, in HeldState state, DecisionTally tally, out Signal order)
        {
            // Position and last fill stay as they are, so either side means the same at every bar that is far enough from that fill.
            var bar = _function.FirstSeparate(from, until, times, state);
            for (var tooSoon = from; tooSoon < bar;)
            {
                var answers = _answers.Of(tooSoon, bar);
                AnswerBlock.Count(answers, Decision.Hold(HoldReason.TooSoon), Decision.Hold(HoldReason.TooSoon), tally);
                tooSoon += answers.Length;
            }

            var (buy, sell) = (_function.At(state.Position, Signal.Buy), _function.At(state.Position, Signal.Sell));
            while (bar < until)
            {
                var answers = _answers.Of(bar, until);
                var at = FirstOrder(answers, buy.Signal == Signal.Buy, sell.Signal == Signal.Sell);
                if (at >= 0)
                {
                    AnswerBlock.Count(answers[..(at + 1)], buy, sell, tally);
                    order = answers[at] == RawAnswer.Buy ? Signal.Buy : Signal.Sell;
                    return bar + at;
                }

                AnswerBlock.Count(answers, buy, sell, tally);
                bar += answers.Length;
            }

            order = Signal.Hold;
            return until;
        }

        private static int FirstOrder(ReadOnlySpan<RawAnswer> answers, bool buys, bool sells)
        {
            var bytes = MemoryMarshal.AsBytes(answers);
            return (buys, sells) switch
            {
                (true, true) => bytes.IndexOfAny((byte)RawAnswer.Buy, (byte)RawAnswer.Sell),
                (true, false) => bytes.IndexOf((byte)RawAnswer.Buy),
                (false, true) => bytes.IndexOf((byte)RawAnswer.Sell),
                _ => -1,
            };
        }
    }
}
