using Ktrdr.Engine.Numerics;

namespace Ktrdr.Agents.Designing;

/// <summary>What a finished experiment says about the blocks it was built from.</summary>
/// <param name="TStatistic">Net t-statistic over the validation window; null where a gate stopped it.</param>
internal sealed record BlockEvidence(IReadOnlyList<string> Blocks, double? TStatistic);

/// <summary>
/// Beliefs about the net t-statistic that a building block brings. A t-statistic has unit variance by its definition, so each is a Gaussian observation of
/// variance one under a prior N(m, 1): after n observations with sum s the belief is N((m + s) / (n + 1), 1 / (n + 1)). The prior mean m is 0 but for
/// indicators that follow the price.
/// </summary>
internal sealed class BlockPosteriors
{
    /// <summary>What a gate's stop counts as: a design that cannot be judged is one standard deviation worse than one that earns nothing.</summary>
    public const double StoppedAtGate = -1;

    /// <summary>Prior mean of an indicator that follows the price: later prices lie outside what training saw, and such models often end up on one side for good.</summary>
    public const double FollowsPrice = -0.5;

    private readonly Dictionary<string, (int Count, double Sum)> _observed = new(StringComparer.Ordinal);

    /// <param name="evidence">In a fixed order: sums of doubles depend on it.</param>
    public BlockPosteriors(IEnumerable<BlockEvidence> evidence)
    {
        foreach (var item in evidence)
        {
            foreach (var block in item.Blocks.Distinct(StringComparer.Ordinal))
            {
                var (count, sum) = _observed.GetValueOrDefault(block);
                _observed[block] = (count + 1, sum + (item.TStatistic ?? StoppedAtGate));
            }
        }
    }

    public int Observations(string block) => _observed.GetValueOrDefault(block).Count;

    public double Mean(string block)
    {
        var (count, sum) = _observed.GetValueOrDefault(block);
        return (PriorMean(block) + sum) / (count + 1);
    }

    public double StandardDeviation(string block) => Math.Sqrt(1.0 / (Observations(block) + 1));

    /// <summary>Thompson sampling: one draw of each option's belief, the highest wins.</summary>
    /// <param name="dimension">What the options are, the part of the block's name before the colon.</param>
    public T Choose<T>(Generator generator, string dimension, IReadOnlyList<T> options, Func<T, string> nameOf)
    {
        var best = options[0];
        var highest = double.NegativeInfinity;
        foreach (var option in options)
        {
            var block = Block.Of(dimension, nameOf(option));
            var draw = Mean(block) + (StandardDeviation(block) * generator.NextGaussian());
            if (draw > highest)
            {
                highest = draw;
                best = option;
            }
        }

        return best;
    }

    private static double PriorMean(string block) => IndicatorFamily.All.Any(f => f.IsLevel && block == Block.Of(Block.Indicator, f.Name)) ? FollowsPrice : 0;

    public string Choose(Generator generator, string dimension, IReadOnlyList<string> options) => Choose(generator, dimension, options, name => name);
}
