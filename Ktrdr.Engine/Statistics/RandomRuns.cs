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
        var account = BenchmarkRuns.WithoutExits(options) with { AllowShort = true };
        WorkThreads.Run(settings.RandomRuns, settings.MaxThreads, (i, stop) =>
        {
            var generator = new Generator(unchecked(stream + (ulong)i), "arrangement");
            var run = PlannedRun.Of(symbols, Arranged(symbols.Count, entries, generator), account, stop);
            (returns[i], sharpes[i]) = (run.Metrics.TotalReturn, run.Metrics.DailySharpe);
        }, cancellation);

        Array.Sort(returns);
        var defined = sharpes.Where(s => s is not null).Select(s => s!.Value).Order().ToArray();
        return new RandomBenchmark(settings.RandomRuns, Quantiles.Of(returns, 0.5), At(0.5), At(0.05), At(0.95));

        double? At(double p) => defined.Length == 0 ? null : Quantiles.Of(defined, p);
    }

    /// <summary>Per symbol of the run one arrangement of its trades.</summary>
    internal static PlannedPosition[][] Arranged(int symbols, RandomEntries[] entries, Generator generator)
    {
        var arranged = new PlannedPosition[symbols][];
        Array.Fill(arranged, []);
        foreach (var symbol in entries)
        {
            var (order, at) = (new int[symbol.Trades], new int[symbol.Trades]);
            symbol.Arrange(generator, order, at);
            arranged[symbol.Symbol] = symbol.Plan(order, at);
        }

        return arranged;
    }
}
