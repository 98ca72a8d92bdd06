using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>A run against its own trades at random times. All profits are before costs, which the arrangements share, and fractions of the initial capital.</summary>
public sealed record PermutationResult
{
    /// <summary>Chance that random entries earn as much: (1 + arrangements at or above the run)/(1 + replications).</summary>
    public required double PValue { get; init; }

    /// <summary>Profit of the run's trades.</summary>
    public required double Profit { get; init; }

    /// <summary>Mean profit of random entries: what the market alone gave to trades of these sides and lengths.</summary>
    public required double RandomMean { get; init; }

    /// <summary>5th and 95th percentile of random entries.</summary>
    public required double RandomLower { get; init; }

    public required double RandomUpper { get; init; }

    public required int Trades { get; init; }

    public required int Replications { get; init; }
}

/// <summary>
/// Whether the moments that a run chose were better than random ones: its trades, with their sides, sizes and holding times, are entered at random
/// moments of the same window, B times. It judges timing alone: what a drifting market gives to any holder of such positions is in both.
/// </summary>
public static class PermutationTest
{
    public const int DefaultReplications = 2000;

    /// <summary>Runs with very many trades are rearranged less often: this many entries in all, but never fewer than 500 arrangements.</summary>
    private const int MostEntries = 3_000_000;
    private const int FewestReplications = 500;
    private const int Chunk = 50;

    /// <param name="result">A run on one symbol.</param>
    /// <param name="bars">The bars it was given.</param>
    /// <param name="start">First bar of its window.</param>
    /// <param name="capital">Initial capital.</param>
    /// <param name="seed">Of the arrangements.</param>
    /// <param name="replications">B; fewer are used where the run has more than 1 500 trades.</param>
    /// <param name="maxThreads">The result does not depend on it.</param>
    /// <returns>Null without trades or where trades overlap.</returns>
    public static PermutationResult? Run(
        BacktestResult result, BarSeries bars, int start, double capital, ulong seed, int replications = DefaultReplications, int maxThreads = 1)
    {
        if (replications < 1)
        {
            throw new InvalidInputException(new Problem("out_of_range", "replications", $"replications is {replications}: 1 or more is allowed."));
        }

        if (RandomEntries.Of(result.Trades, bars, start, start + result.Equity.Length, capital) is not { } entries)
        {
            return null;
        }

        var count = Math.Min(replications, Math.Max(FewestReplications, MostEntries / entries.Trades));
        var profits = new double[count];
        var stream = Generator.Derive(seed, "permutation-test");
        Parallel.For(0, (count + Chunk - 1) / Chunk, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, maxThreads) }, c =>
        {
            var (order, at) = (new int[entries.Trades], new int[entries.Trades]);
            for (var r = c * Chunk; r < Math.Min(count, (c + 1) * Chunk); r++)
            {
                entries.Arrange(new Generator(unchecked(stream + (ulong)r), "arrangement"), order, at);
                profits[r] = entries.Profit(order, at);
            }
        });

        var reached = profits.Count(p => p >= entries.Observed - entries.Rounding);
        var mean = Reductions.Mean(profits);
        Array.Sort(profits);
        return new PermutationResult
        {
            PValue = (1.0 + reached) / (1.0 + count),
            Profit = entries.Observed,
            RandomMean = mean,
            RandomLower = Quantiles.Of(profits, 0.05),
            RandomUpper = Quantiles.Of(profits, 0.95),
            Trades = entries.Trades,
            Replications = count,
        };
    }
}
