using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Statistics;

/// <summary>Runs that know nothing: entries at random, held for a random time, on either side.</summary>
internal static class RandomRun
{
    public static readonly BacktestOptions Free = new() { CommissionRate = 0, Slippage = 0, SpreadFraction = 0, Sizing = new SizingSpec(SizingKind.Fraction, 0.25, WholeUnits: false) };

    public static Signal[] Signals(ulong seed, int count, int meanGap, int longestHold)
    {
        var generator = new Generator(seed, "random-strategy");
        var signals = new Signal[count];
        Array.Fill(signals, Signal.Hold);
        for (var at = 1 + generator.NextInt(meanGap); at < count;)
        {
            var isLong = generator.NextInt(2) == 0;
            var exit = at + 1 + generator.NextInt(longestHold);
            signals[at] = isLong ? Signal.Buy : Signal.Sell;
            if (exit < count)
            {
                signals[exit] = isLong ? Signal.Sell : Signal.Buy;
            }

            at = exit + 1 + generator.NextInt(2 * meanGap);
        }

        return signals;
    }

    /// <summary>All bars as a run's window.</summary>
    public static SymbolRun[] Window(BarSeries bars) => [new SymbolRun(bars, 0, bars.Count, new FixedDecisions(new Signal[bars.Count]))];

    public static BacktestResult On(BarSeries bars, ulong seed, int meanGap = 5, int longestHold = 10, BacktestOptions? options = null) =>
        Backtester.Run(bars, 0, bars.Count, new FixedDecisions(Signals(seed, bars.Count, meanGap, longestHold)), options ?? Free);
}
