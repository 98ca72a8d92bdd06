using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>The random benchmark: whole backtests, with the run's account, costs and fills, of its trades entered at random.</summary>
internal static class RandomRuns
{
    /// <summary>Null where there is nothing to rearrange.</summary>
    public static RandomBenchmark? Of(
        BacktestResult result, BarSeries bars, int start, BacktestOptions options, ulong seed, RunStatisticsOptions settings, CancellationToken cancellation)
    {
        var end = start + result.Equity.Length;
        if (settings.RandomRuns < 1 || RandomEntries.Of(result.Trades, bars, start, end, options.InitialCapital) is not { } entries)
        {
            return null;
        }

        var returns = new double[settings.RandomRuns];
        var sharpes = new double?[settings.RandomRuns];
        var stream = Generator.Derive(seed, "random-benchmark");
        options = options with { AllowShort = true, ReverseInOneStep = false };
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, settings.MaxThreads), CancellationToken = cancellation };
        Parallel.For(0, settings.RandomRuns, parallel, i =>
        {
            var (order, at) = (new int[entries.Trades], new int[entries.Trades]);
            entries.Arrange(new Generator(unchecked(stream + (ulong)i), "arrangement"), order, at);
            var run = Backtester.Run(bars, start, end, new FixedDecisions(entries.Signals(order, at)), options, cancellation);
            (returns[i], sharpes[i]) = (run.Metrics.TotalReturn, run.Metrics.DailySharpe);
        });

        Array.Sort(returns);
        var defined = sharpes.Where(s => s is not null).Select(s => s!.Value).Order().ToArray();
        return new RandomBenchmark(settings.RandomRuns, Quantiles.Of(returns, 0.5), At(0.5), At(0.05), At(0.95));

        double? At(double p) => defined.Length == 0 ? null : Quantiles.Of(defined, p);
    }
}
