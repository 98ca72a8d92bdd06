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

        var account = new Account(bars, options, decisions);
        var times = bars.Times;
        var close = bars.Close;
        var equity = new double[endExclusive - start];
        var exposure = new double[endExclusive - start];
        var counts = new DecisionTally();
        var order = Signal.Hold;

        for (var bar = start; bar < endExclusive; bar++)
        {
            if (((bar - start) & (ReportInterval - 1)) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Invoke((double)(bar - start) / equity.Length);
            }

            if (order != Signal.Hold)
            {
                account.ExecuteAtOpen(order, bar);
            }

            var held = account.SignedQuantity * close[bar];
            var value = account.MarkBase + held;
            if (value <= 0 && account.Position != PositionSide.Flat)
            {
                account.CloseAtClose(bar, FillReason.Ruin);
                (value, held) = (account.MarkBase, 0);
            }

            equity[bar - start] = value;
            exposure[bar - start] = value > 0 ? held / value : 0;

            var decision = decisions.Decide(new DecisionMoment(bar, times[bar], account.Position, account.LastFillBar, account.LastFillTime));
            counts.Add(decision);
            order = decision.Signal;
        }

        if (account.Position != PositionSide.Flat)
        {
            account.CloseAtClose(endExclusive - 1, FillReason.EndOfData);
            equity[^1] = account.MarkBase;
            exposure[^1] = 0;
        }

        progress?.Invoke(1);
        var daily = DailyReturns.FromEquity(times[start..endExclusive], equity, options.InitialCapital);
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
            Metrics = Performance.Measure(bars.Slice(start, equity.Length), equity, exposure, account.Trades, account.Fills, daily, options.InitialCapital),
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

        var open = bars.Open;
        var high = bars.High;
        var low = bars.Low;
        var close = bars.Close;
        for (var i = start; i < endExclusive; i++)
        {
            var isSound = open[i] > 0 && low[i] > 0 && close[i] > 0 && high[i] > 0
                && open[i] <= double.MaxValue && low[i] <= double.MaxValue && close[i] <= double.MaxValue && high[i] <= double.MaxValue;
            if (!isSound)
            {
                throw new InvalidInputException(new Problem(
                    "invalid_price", $"bars[{i}]", $"Bar {i} of {bars.Symbol} has open {open[i]:R}, high {high[i]:R}, low {low[i]:R}, close {close[i]:R}: prices must be positive and finite."));
            }
        }
    }
}
