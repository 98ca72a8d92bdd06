using System.Runtime.InteropServices;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Signals given in advance, one per bar, obeyed as they stand: no threshold, no separation, no position awareness.</summary>
public sealed class FixedDecisions(Signal[] signals) : IDecisions
{
    private readonly Signal[] _signals = signals;

    public int Count => _signals.Length;

    public Decision Decide(in DecisionMoment now) => Of(_signals[now.Bar]);

    public EntryReason Explain(int bar) => new(bar, null, []);

    private static Decision Of(Signal signal) => new(signal, signal == Signal.Hold ? HoldReason.Predicted : HoldReason.None);

    internal readonly struct Cursor(FixedDecisions decisions) : IDecisionCursor
    {
        private readonly Signal[] _signals = decisions._signals;

        public int NextOrder(int from, int until, ReadOnlySpan<long> times, in HeldState state, DecisionTally tally, out Signal order)
        {
            var ahead = MemoryMarshal.AsBytes(_signals.AsSpan(from, until - from));
            var at = ahead.IndexOfAnyExcept((byte)Signal.Hold);
            if (at < 0)
            {
                tally.AddHolds(HoldReason.Predicted, ahead.Length);
                order = Signal.Hold;
                return until;
            }

            order = (Signal)ahead[at];
            tally.AddHolds(HoldReason.Predicted, at);
            tally.Add(Of(order));
            return from + at;
        }
    }
}
