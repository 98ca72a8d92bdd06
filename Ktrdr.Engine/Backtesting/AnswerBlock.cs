using System.Runtime.InteropServices;

namespace Ktrdr.Engine.Backtesting;

/// <summary>What a model's answer to one bar says before anybody asks about the position or the last fill.</summary>
internal enum RawAnswer : byte
{
    Buy,
    Hold,
    Sell,
    BelowConfidence,
    NotReady,
    NotFinite,
}

/// <summary>The answers of a stretch of bars, a byte each, so that the next order is found and the others are counted in vectors. Moves on with the loop that asks.</summary>
/// <param name="function">How an output becomes a signal.</param>
/// <param name="outputs">Row-major, one row of <see cref="DecisionFunction.OutputCount"/> per bar.</param>
/// <param name="ready">One flag per bar.</param>
internal sealed class AnswerBlock(DecisionFunction function, float[] outputs, bool[] ready)
{
    private const int Length = 1024;

    private readonly RawAnswer[] _answers = new RawAnswer[Length];
    private int _start;
    private int _end;

    /// <summary>The answers to the bars [<paramref name="from"/>, <paramref name="until"/>), or to the first of them; at least one.</summary>
    public ReadOnlySpan<RawAnswer> Of(int from, int until)
    {
        if (from < _start || from >= _end)
        {
            (_start, _end) = (from, Math.Min(from + Length, ready.Length));
            Fill();
        }

        return _answers.AsSpan(from - _start, Math.Min(until, _end) - from);
    }

    /// <summary>Counts answers, those that ask for a side as what is made of them.</summary>
    public static void Count(ReadOnlySpan<RawAnswer> answers, Decision buy, Decision sell, DecisionTally tally)
    {
        var bytes = MemoryMarshal.AsBytes(answers);
        for (var (answer, left) = (RawAnswer.Buy, bytes.Length); left > 0; answer++)
        {
            var count = bytes.Count((byte)answer);
            tally.Add(
                answer switch
                {
                    RawAnswer.Buy => buy,
                    RawAnswer.Sell => sell,
                    RawAnswer.Hold => Decision.Hold(HoldReason.Predicted),
                    RawAnswer.BelowConfidence => Decision.Hold(HoldReason.BelowConfidence),
                    RawAnswer.NotReady => Decision.Hold(HoldReason.NotReady),
                    _ => Decision.Hold(HoldReason.NotFinite),
                },
                count);
            left -= count;
        }
    }

    private void Fill()
    {
        var answers = _answers.AsSpan(0, _end - _start);
        var isReady = ready.AsSpan(_start, answers.Length);
        var rows = outputs.AsSpan(_start * function.OutputCount, answers.Length * function.OutputCount);
        function.Answer(rows, answers);
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = isReady[i] ? answers[i] : RawAnswer.NotReady;
        }
    }
}
