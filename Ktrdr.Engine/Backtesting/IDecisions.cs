using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// Decides at the close of a bar. Pure: the same moment gives the same decision, and nothing of a later bar may enter it.
/// The backtester counts the reasons of HOLD.
/// </summary>
public interface IDecisions
{
    /// <summary>Number of bars, from index 0, that can be decided.</summary>
    int Count { get; }

    Decision Decide(in DecisionMoment now);

    /// <summary>What was known at the close of <paramref name="bar"/>.</summary>
    EntryReason Explain(int bar);
}

/// <summary>The deciding half of <see cref="IDecisions"/> as a value type, so that the loop can inline it.</summary>
internal interface IDecisionCursor
{
    Decision Decide(in DecisionMoment now);
}

/// <summary>Any other implementation, called through the interface.</summary>
internal readonly struct AnyCursor(IDecisions decisions) : IDecisionCursor
{
    public Decision Decide(in DecisionMoment now) => decisions.Decide(now);
}

/// <summary>Signals given in advance, one per bar, obeyed as they stand: no threshold, no separation, no position awareness.</summary>
public sealed class FixedDecisions(Signal[] signals) : IDecisions
{
    private readonly Signal[] _signals = signals;

    public int Count => _signals.Length;

    public Decision Decide(in DecisionMoment now) => new Cursor(this).Decide(now);

    public EntryReason Explain(int bar) => new(bar, null, []);

    internal readonly struct Cursor(FixedDecisions decisions) : IDecisionCursor
    {
        private readonly Signal[] _signals = decisions._signals;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Decision Decide(in DecisionMoment now)
        {
            var signal = _signals[now.Bar];
            return new Decision(signal, signal == Signal.Hold ? HoldReason.Predicted : HoldReason.None);
        }
    }
}

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

    public Decision Decide(in DecisionMoment now) => new Cursor(this).Decide(now);

    public EntryReason Explain(int bar)
    {
        var row = Row(bar);
        return new EntryReason(bar, _function.Confidence(row), row.ToArray());
    }

    private ReadOnlySpan<float> Row(int bar) => _outputs.AsSpan(bar * _function.OutputCount, _function.OutputCount);

    internal readonly struct Cursor(ModelDecisions decisions) : IDecisionCursor
    {
        private readonly ModelDecisions _decisions = decisions;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Decision Decide(in DecisionMoment now) =>
            _decisions._ready[now.Bar] ? _decisions._function.Decide(_decisions.Row(now.Bar), now) : Decision.Hold(HoldReason.NotReady);
    }
}
