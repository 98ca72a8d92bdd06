using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>What doing nothing clever would have given on the same window, with the same account, costs and fills, but without exits: what is held is held to the end.</summary>
public static class BenchmarkRuns
{
    /// <summary>Buys at the second open of the window and holds to its end.</summary>
    public static BacktestResult BuyAndHold(BarSeries bars, int start, int endExclusive, BacktestOptions options, CancellationToken cancellation = default) =>
        Hold(Signal.Buy, bars, start, endExclusive, options, cancellation);

    /// <summary>Sells short at the second open of the window and holds to its end.</summary>
    public static BacktestResult Inverse(BarSeries bars, int start, int endExclusive, BacktestOptions options, CancellationToken cancellation = default) =>
        Hold(Signal.Sell, bars, start, endExclusive, options with { AllowShort = true }, cancellation);

    private static BacktestResult Hold(Signal first, BarSeries bars, int start, int endExclusive, BacktestOptions options, CancellationToken cancellation)
    {
        var signals = new Signal[Math.Max(0, endExclusive)];
        Array.Fill(signals, Signal.Hold);
        if (start >= 0 && start < signals.Length)
        {
            signals[start] = first;
        }

        // Risk per trade sizes by the stop, and there is none here.
        var sizing = options.Sizing.Kind == SizingKind.RiskPerTrade ? new BacktestOptions().Sizing : options.Sizing;
        return Backtester.Run(bars, start, endExclusive, new FixedDecisions(signals), options with { Exits = null, Sizing = sizing }, cancellation);
    }
}
