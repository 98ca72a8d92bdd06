using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>The random benchmark: whole backtests, with the run's account, costs and fills, of its trades entered at random.</summary>
internal static class RandomRuns
{
    /// <summary>Null where there is nothing to rearrange.</summary>
    public static RandomBenchmark? Of(
        BacktestResult result, IReadOnlyList<SymbolRun> symbols, BacktestOptions options, ulong seed, RunStatisticsOptions settings, CancellationToken cancellation)
    {
        if (settings.RandomRuns < 1 || RandomEntries.Of(result, symbols, options.InitialCapital) is not { } entries)
        {
            return null;
        }

        var returns = new double[settings.RandomRuns];
        var sharpes = new double?[settings.RandomRuns];
        var stream = Generator.Derive(seed, "random-benchmark");
        var account = BenchmarkRuns.WithoutExits(options) with { AllowShort = true, ReverseInOneStep = true };
        WorkThreads.Run(settings.RandomRuns, settings.MaxThreads, (i, stop) =>
        {
            var generator = new Generator(unchecked(stream + (ulong)i), "arrangement");
            var run = Backtester.Run(Arranged(symbols, entries, generator), account, new RunControl { Cancellation = stop });
            (returns[i], sharpes[i]) = (run.Metrics.TotalReturn, run.Metrics.DailySharpe);
        }, cancellation);

        Array.Sort(returns);
        var defined = sharpes.Where(s => s is not null).Select(s => s!.Value).Order().ToArray();
        return new RandomBenchmark(settings.RandomRuns, Quantiles.Of(returns, 0.5), At(0.5), At(0.05), At(0.95));

        double? At(double p) => defined.Length == 0 ? null : Quantiles.Of(defined, p);
    }

    private static SymbolRun[] Arranged(IReadOnlyList<SymbolRun> symbols, RandomEntries[] entries, Generator generator)
    {
        var arranged = new SymbolRun[symbols.Count];
        for (var symbol = 0; symbol < arranged.Length; symbol++)
        {
            var signals = new Signal[symbols[symbol].EndExclusive];
            Array.Fill(signals, Signal.Hold);
            if (Array.Find(entries, e => e.Symbol == symbol) is { } own)
            {
                var (order, at) = (new int[own.Trades], new int[own.Trades]);
                own.Arrange(generator, order, at);
                signals = own.Signals(order, at);
            }

            arranged[symbol] = symbols[symbol] with { Decisions = new FixedDecisions(signals) };
        }

        return arranged;
    }
}
