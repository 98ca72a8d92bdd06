using Ktrdr.Engine.Backtesting;
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

    /// <param name="result">A finished run.</param>
    /// <param name="symbols">What it was run on.</param>
    /// <param name="capital">Initial capital.</param>
    /// <param name="seed">Of the arrangements.</param>
    /// <param name="replications">B; fewer are used where the run has very many trades.</param>
    /// <param name="maxThreads">The result does not depend on it.</param>
    /// <returns>Null without trades or where trades overlap. Several symbols are arranged independently and their profits added.</returns>
    public static PermutationResult? Run(
        BacktestResult result, IReadOnlyList<SymbolRun> symbols, double capital, ulong seed, int replications = DefaultReplications, int maxThreads = 1)
    {
        if (replications < 1)
        {
            throw new InvalidInputException(new Problem("out_of_range", "replications", $"replications is {replications}: 1 or more is allowed."));
        }

        if (RandomEntries.Of(result, symbols, capital) is not { } entries)
        {
            return null;
        }

        var trades = entries.Sum(e => e.Trades);
        var profits = new double[Math.Min(replications, Math.Max(FewestReplications, MostEntries / trades))];
        var stream = Generator.Derive(seed, "permutation-test");
        WorkThreads.Run((profits.Length + Chunk - 1) / Chunk, maxThreads, (c, _) =>
        {
            var (order, at) = (new int[trades], new int[trades]);
            for (var r = c * Chunk; r < Math.Min(profits.Length, (c + 1) * Chunk); r++)
            {
                var generator = new Generator(unchecked(stream + (ulong)r), "arrangement");
                foreach (var symbol in entries)
                {
                    symbol.Arrange(generator, order.AsSpan(0, symbol.Trades), at.AsSpan(0, symbol.Trades));
                    profits[r] += symbol.Profit(order.AsSpan(0, symbol.Trades), at.AsSpan(0, symbol.Trades));
                }
            }
        });

        var observed = entries.Sum(e => e.Observed);
        var rounding = entries.Sum(e => e.Rounding);
        var reached = profits.Count(p => p >= observed - rounding);
        var mean = Reductions.Mean(profits);
        Array.Sort(profits);
        return new PermutationResult
        {
            PValue = (1.0 + reached) / (1.0 + profits.Length),
            Profit = observed,
            RandomMean = mean,
            RandomLower = Quantiles.Of(profits, 0.05),
            RandomUpper = Quantiles.Of(profits, 0.95),
            Trades = trades,
            Replications = profits.Length,
        };
    }
}
