using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>What doing nothing clever would have given on the same window, with the same account, costs and fills, but without exits: what is held is held to the end.</summary>
public static class BenchmarkRuns
{
    /// <summary>Buys at the second open of the window and holds to its end.</summary>
    public static BacktestResult BuyAndHold(BarSeries bars, int start, int endExclusive, BacktestOptions options, CancellationToken cancellation = default) =>
        BuyAndHold([new SymbolRun(bars, start, endExclusive, new FixedDecisions(new Signal[Math.Max(0, endExclusive)]))], options, cancellation);

    /// <summary>The same for every symbol of an account; the symbols' own decisions are not asked.</summary>
    public static BacktestResult BuyAndHold(IReadOnlyList<SymbolRun> symbols, BacktestOptions options, CancellationToken cancellation = default) =>
        Hold(Signal.Buy, symbols, options, cancellation);

    /// <summary>Sells short at the second open of the window and holds to its end.</summary>
    public static BacktestResult Inverse(BarSeries bars, int start, int endExclusive, BacktestOptions options, CancellationToken cancellation = default) =>
        Inverse([new SymbolRun(bars, start, endExclusive, new FixedDecisions(new Signal[Math.Max(0, endExclusive)]))], options, cancellation);

    /// <summary>The same for every symbol of an account; the symbols' own decisions are not asked.</summary>
    public static BacktestResult Inverse(IReadOnlyList<SymbolRun> symbols, BacktestOptions options, CancellationToken cancellation = default) =>
        Hold(Signal.Sell, symbols, options with { AllowShort = true }, cancellation);

    /// <summary>The account without exits; risk per trade, which sizes by the stop, becomes the default fraction.</summary>
    internal static BacktestOptions WithoutExits(BacktestOptions options) =>
        options with { Exits = null, Sizing = options.Sizing.Kind == SizingKind.RiskPerTrade ? new BacktestOptions().Sizing : options.Sizing };

    private static BacktestResult Hold(Signal first, IReadOnlyList<SymbolRun> symbols, BacktestOptions options, CancellationToken cancellation) =>
        Backtester.Run([.. symbols.Select(s => s with { Decisions = Once(first, s) })], WithoutExits(options), new RunControl { Cancellation = cancellation });

    private static FixedDecisions Once(Signal first, SymbolRun symbol)
    {
        var signals = new Signal[Math.Max(0, symbol.EndExclusive)];
        Array.Fill(signals, Signal.Hold);
        if (symbol.Start >= 0 && symbol.Start < signals.Length)
        {
            signals[symbol.Start] = first;
        }

        return new FixedDecisions(signals);
    }
}
