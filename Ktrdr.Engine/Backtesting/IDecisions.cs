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

/// <summary>Finds the next order while position and last fill stay as they are: the deciding half of the loop, as a value type so that it can be inlined.</summary>
internal interface IDecisionCursor
{
    /// <summary>Decides the bars [from, until) in order up to the first that asks for an order, and counts each.</summary>
    /// <param name="from">First bar to decide.</param>
    /// <param name="until">End of the stretch.</param>
    /// <param name="times">Open times of all bars, index 0 being bar 0.</param>
    /// <param name="state">Position and last fill during the stretch.</param>
    /// <param name="tally">Counts what was decided.</param>
    /// <param name="order">The order asked for; HOLD where there is none.</param>
    /// <returns>The bar that asks for it; <paramref name="until"/> where none does.</returns>
    int NextOrder(int from, int until, ReadOnlySpan<long> times, in HeldState state, DecisionTally tally, out Signal order);
}

/// <summary>Any implementation, asked bar by bar.</summary>
internal readonly struct AnyCursor(IDecisions decisions) : IDecisionCursor
{
    private readonly IDecisions _decisions = decisions;

    public int NextOrder(int from, int until, ReadOnlySpan<long> times, in HeldState state, DecisionTally tally, out Signal order)
    {
        for (var bar = from; bar < until; bar++)
        {
            var decision = _decisions.Decide(new DecisionMoment(bar, times[bar], state.Position, state.LastFillBar, state.LastFillTime));
            tally.Add(decision);
            if (decision.Signal != Signal.Hold)
            {
                order = decision.Signal;
                return bar;
            }
        }

        order = Signal.Hold;
        return until;
    }
}
