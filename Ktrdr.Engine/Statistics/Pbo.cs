using System.Numerics;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// Probability of backtest overfitting by combinatorially symmetric cross-validation. Bailey, Borwein, López de Prado &amp; Zhu, "The Probability of
/// Backtest Overfitting", Journal of Computational Finance 20(4), 2017: the days are cut into S blocks; for each of the S!/(S/2)!² ways to call half of
/// them in-sample, the trial with the best Sharpe ratio there is looked up among all trials out of sample.
/// </summary>
/// <remarks>
/// Exact over all combinations. Sums and squares of every subset of each half of the blocks are tabulated once (2·2^(S/2) rows of one number per
/// trial), so a combination costs two additions per trial, whatever the number of days.
/// </remarks>
public static class Pbo
{
    /// <summary>S of the authors' own examples: 12 870 combinations.</summary>
    public const int DefaultBlocks = 16;

    private const int MaximumBlocks = 20;

    /// <summary>A sum of squared deviations below this share of the sum of squares is rounding noise of constant returns: the Sharpe ratio counts as 0.</summary>
    private const double RoundingNoise = 1e-12;

    /// <param name="panel">At least two trials over at least 2·<paramref name="blocks"/> days.</param>
    /// <param name="blocks">S: even, 2 to 20. Days that do not fill a block are left out at the start.</param>
    /// <param name="maxThreads">The result does not depend on it.</param>
    /// <exception cref="InvalidInputException">Too few trials or days, or blocks out of range.</exception>
    public static PboResult Evaluate(DailyPanel panel, int blocks = DefaultBlocks, int maxThreads = 1)
    {
        if (blocks is < 2 or > MaximumBlocks || blocks % 2 != 0)
        {
            throw Invalid("blocks", $"blocks is {blocks}: an even number from 2 to {MaximumBlocks} is allowed.");
        }

        if (panel.Trials < 2)
        {
            throw Invalid("trials", $"{Counted.Of(panel.Trials, "trial")}: at least 2 are needed to choose among.");
        }

        if (panel.Days.Length < 2 * blocks)
        {
            throw Invalid("days", $"{Counted.Of(panel.Days.Length, "day")}: at least {2 * blocks} are needed for {blocks} blocks.");
        }

        var tables = new BlockTables(panel, blocks);
        var splits = Splits(blocks);
        var outcomes = new CscvOutcome[2 * splits.Length];
        const int chunk = 64;
        var chunks = (splits.Length + chunk - 1) / chunk;
        WorkThreads.Run(chunks, maxThreads, (c, _) =>
        {
            var (inside, outside) = (new double[tables.Stride], new double[tables.Stride]);
            for (var i = c * chunk; i < Math.Min(splits.Length, (c + 1) * chunk); i++)
            {
                tables.Sharpes(splits[i], inside);
                tables.Sharpes(~splits[i], outside);
                outcomes[2 * i] = Choose(inside, outside, panel.Trials);
                outcomes[(2 * i) + 1] = Choose(outside, inside, panel.Trials);
            }
        });

        return PboResult.Of(outcomes, panel.Trials, blocks, tables.DaysPerBlock, panel.Days.Length - (blocks * tables.DaysPerBlock));
    }

    /// <summary>The subsets of half the blocks that hold block 0, ascending; their complements are the other half of all combinations.</summary>
    private static uint[] Splits(int blocks) =>
        [.. Enumerable.Range(0, 1 << (blocks - 1)).Select(i => ((uint)i << 1) | 1).Where(mask => BitOperations.PopCount(mask) == blocks / 2)];

    /// <summary>The best trial inside (the first of equals) and its rank outside: 1 = worst, equals share their mean rank.</summary>
    private static CscvOutcome Choose(double[] inside, double[] outside, int trials)
    {
        var best = 0;
        for (var k = 1; k < trials; k++)
        {
            best = inside[k] > inside[best] ? k : best;
        }

        var chosen = outside[best];
        var (lower, equal) = (0, 0);
        for (var k = 0; k < trials; k++)
        {
            lower += outside[k] < chosen ? 1 : 0;
            equal += outside[k] == chosen ? 1 : 0;
        }

        var relative = (lower + ((equal + 1) / 2.0)) / (trials + 1);
        return new CscvOutcome(best, inside[best], chosen, Elementary.Log(relative / (1 - relative)));
    }

    private static InvalidInputException Invalid(string path, string message) => new(new Problem("invalid_panel", path, message));

    /// <summary>Sums and sums of squares of every subset of the lower and of the upper half of the blocks, row-major: one row per subset, one column per trial.</summary>
    private sealed class BlockTables
    {
        private readonly int _half;
        private readonly int _subsets;
        private readonly double[] _sums;
        private readonly double[] _squares;

        public BlockTables(DailyPanel panel, int blocks)
        {
            _half = blocks / 2;
            _subsets = 1 << _half;
            DaysPerBlock = panel.Days.Length / blocks;
            Stride = (panel.Trials + 3) / 4 * 4;
            _sums = new double[2 * _subsets * Stride];
            _squares = new double[2 * _subsets * Stride];
            var from = panel.Days.Length - (blocks * DaysPerBlock);
            for (var block = 0; block < blocks; block++, from += DaysPerBlock)
            {
                var row = Row(block / _half, 1u << (block % _half));
                for (var k = 0; k < panel.Trials; k++)
                {
                    var returns = panel.Columns[k].AsSpan(from, DaysPerBlock);
                    _sums[row + k] = Reductions.Sum(returns);
                    _squares[row + k] = Reductions.Dot(returns, returns);
                }
            }

            for (var half = 0; half < 2; half++)
            {
                for (var subset = 3u; subset < _subsets; subset++)
                {
                    var lowest = subset & (~subset + 1);
                    if (lowest != subset)
                    {
                        Add(Row(half, subset), Row(half, subset ^ lowest), Row(half, lowest));
                    }
                }
            }
        }

        public int DaysPerBlock { get; }

        /// <summary>Columns of a row: the trials, rounded up to whole vectors.</summary>
        public int Stride { get; }

        /// <summary>Sharpe ratio per day of every trial over the blocks of <paramref name="mask"/>, 0 where its returns do not vary.</summary>
        public void Sharpes(uint mask, double[] sharpes)
        {
            var (low, high) = (Row(0, mask & (uint)(_subsets - 1)), Row(1, (mask >> _half) & (uint)(_subsets - 1)));
            var days = (double)_half * DaysPerBlock;
            var (perDay, perDegree) = (Vector256.Create(1 / days), Vector256.Create(1 / (days - 1)));
            var noise = Vector256.Create(RoundingNoise);
            for (var k = 0; k < Stride; k += 4)
            {
                var sum = Vector256.LoadUnsafe(ref _sums[low + k]) + Vector256.LoadUnsafe(ref _sums[high + k]);
                var squares = Vector256.LoadUnsafe(ref _squares[low + k]) + Vector256.LoadUnsafe(ref _squares[high + k]);
                var mean = sum * perDay;
                var deviations = Vector256.FusedMultiplyAdd(-sum, mean, squares);
                var sharpe = mean / Vector256.Sqrt(deviations * perDegree);
                Vector256.ConditionalSelect(Vector256.GreaterThan(deviations, squares * noise), sharpe, Vector256<double>.Zero).StoreUnsafe(ref sharpes[k]);
            }
        }

        private int Row(int half, uint subset) => ((half * _subsets) + (int)subset) * Stride;

        private void Add(int to, int first, int second)
        {
            for (var k = 0; k < Stride; k++)
            {
                _sums[to + k] = _sums[first + k] + _sums[second + k];
                _squares[to + k] = _squares[first + k] + _squares[second + k];
            }
        }
    }
}
