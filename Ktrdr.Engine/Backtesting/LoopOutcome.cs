namespace Ktrdr.Engine.Backtesting;

/// <summary>What a loop leaves behind besides the ledger.</summary>
/// <param name="Timeline">The moments of the run.</param>
/// <param name="Equity">Account value at each close.</param>
/// <param name="Tally">Measures of the curve.</param>
/// <param name="ClosesHeld">Closes with an open position.</param>
/// <param name="Counts">How the decisions ended.</param>
internal sealed record LoopOutcome(Timeline Timeline, double[] Equity, EquityTally Tally, int ClosesHeld, DecisionCounts Counts);
