using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Runs decisions over bars. The rules of every fill are in <c>docs/fill-rules.md</c>.</summary>
public static class Backtester
{
    /// <summary>How many bars pass between two looks at cancellation and progress.</summary>
    private const int ReportInterval = 1 << 16;

    /// <summary>
    /// One symbol, one position at a time. Per bar: the order decided at the close before is filled at this open, the account is marked at this
    /// close, the next decision is made. What is open at the end is closed at the last close, and equity and metrics include it.
    /// </summary>
    /// <param name="bars">All bars; those before <paramref name="start"/> are pre-roll that the decisions may have used.</param>
    /// <param name="start">First bar of the window: the first decision is made at its close.</param>
    /// <param name="endExclusive">End of the window. A decision at the last close has no open to be filled at and is dropped.</param>
    /// <param name="decisions">Pure decisions for at least <paramref name="endExclusive"/> bars.</param>
    /// <param name="options">Account and costs.</param>
    /// <param name="cancellation">Looked at every 65 536 bars.</param>
    /// <param name="progress">Told the share of bars done, in [0, 1].</param>
    /// <exception cref="InvalidInputException">Empty window, window outside the bars, too few decisions, options out of range, or a price in the window that is not positive and finite.</exception>
    public static BacktestResult Run(
        BarSeries bars, int start, int endExclusive, IDecisions decisions, BacktestOptions options,
        CancellationToken cancellation = default, Action<double>? progress = null)
    {
        options.Validate();
        Validate(bars, start, endExclusive, decisions);
        return decisions switch
        {
            FixedDecisions signals => Run(bars, start, endExclusive, decisions, new FixedDecisions.Cursor(signals), options, cancellation, progress),
            ModelDecisions model => Run(bars, start, endExclusive, decisions, new ModelDecisions.Cursor(model), options, cancellation, progress),
            _ => Run(bars, start, endExclusive, decisions, new AnyCursor(decisions), options, cancellation, progress),
        };
    }

    /// <summary>The loop, compiled once per kind of cursor so that the decision is inlined into it.</summary>
    private static BacktestResult Run<TCursor>(
        BarSeries bars, int start, int endExclusive, IDecisions decisions, TCursor cursor, BacktestOptions options, CancellationToken cancellation, Action<double>? progress)
        where TCursor : struct, IDecisionCursor
    {
        var account = new Account(bars, options, decisions);
        var tally = new EquityTally(options.InitialCapital);
        var counts = new DecisionTally();
        var times = bars.Times[start..endExclusive];
        var close = bars.Close[start..endExclusive];
        var equity = GC.AllocateUninitializedArray<double>(times.Length);
        var exposure = GC.AllocateUninitializedArray<double>(times.Length);
        var order = Signal.Hold;

        for (var i = 0; i < times.Length; i++)
        {
            var bar = start + i;
            if ((i & (ReportInterval - 1)) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Invoke((double)i / times.Length);
            }

            if (order != Signal.Hold)
            {
                account.ExecuteAtOpen(order, bar);
            }

            var held = account.SignedQuantity * close[i];
            var value = account.MarkBase + held;
            if (value <= 0 && account.Position != PositionSide.Flat)
            {
                account.CloseAtClose(bar, FillReason.Ruin);
                (value, held) = (account.MarkBase, 0);
            }

            var decision = cursor.Decide(new DecisionMoment(bar, times[i], account.Position, account.LastFillBar, account.LastFillTime));
            counts.Add(decision);
            order = decision.Signal;

            if (i == times.Length - 1 && account.Position != PositionSide.Flat)
            {
                account.CloseAtClose(bar, FillReason.EndOfData);
                (value, held) = (account.MarkBase, 0);
            }

            equity[i] = value;
            exposure[i] = value > 0 ? held / value : 0;
            tally.Add(value, held);
        }

        progress?.Invoke(1);
        var daily = DailyReturns.FromEquity(times, equity, options.InitialCapital);
        return new BacktestResult
        {
            Symbol = bars.Symbol,
            Trades = account.Trades,
            Fills = account.Fills,
            Rejected = account.Rejected,
            Equity = equity,
            Exposure = exposure,
            Decisions = counts.Counts(),
            Daily = daily,
            Metrics = Performance.Measure(tally, bars.Slice(start, equity.Length), account.Trades, account.Fills, daily),
        };
    }

    private static void Validate(BarSeries bars, int start, int endExclusive, IDecisions decisions)
    {
        if (start < 0 || endExclusive > bars.Count || start >= endExclusive)
        {
            throw new InvalidInputException(new Problem(
                "invalid_window", "window", $"Window [{start}, {endExclusive}) of {bars.Symbol}: it must hold at least one of the {bars.Count} bars."));
        }

        if (decisions.Count < endExclusive)
        {
            throw new InvalidInputException(new Problem(
                "invalid_decisions", "decisions", $"{decisions.Count} decisions for a window that ends at bar {endExclusive}: one per bar is needed."));
        }

        if (PriceCheck.FirstUnsound(bars, start, endExclusive) is { } i)
        {
            throw new InvalidInputException(new Problem(
                "invalid_price",
                $"bars[{i}]",
                $"Bar {i} of {bars.Symbol} has open {bars.Open[i]:R}, high {bars.High[i]:R}, low {bars.Low[i]:R}, close {bars.Close[i]:R}: prices must be positive and finite."));
        }
    }
}
