using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Explaining;

/// <summary>Shapley values of a game between features: what each adds, averaged over the orders in which they can become known.</summary>
internal static class ShapleyValues
{
    /// <summary>Σ over subsets S without i of |S|! (n − |S| − 1)! / n! · (v(S ∪ i) − v(S)).</summary>
    public static (double[] Values, double[] Errors) Exact(CoalitionGame game)
    {
        var n = game.Features;
        var subsets = 1 << n;
        var worth = new double[subsets];
        for (var subset = 0; subset < subsets; subset++)
        {
            worth[subset] = game.Mean([.. Enumerable.Range(0, n).Select(i => (subset & (1 << i)) != 0)]);
        }

        // 1 / (n · C(n − 1, |S|)).
        var share = new double[n];
        share[0] = 1.0 / n;
        for (var size = 1; size < n; size++)
        {
            share[size] = share[size - 1] * size / (n - size);
        }

        var values = new double[n];
        for (var i = 0; i < n; i++)
        {
            for (var subset = 0; subset < subsets; subset++)
            {
                if ((subset & (1 << i)) == 0)
                {
                    values[i] += share[int.PopCount(subset)] * (worth[subset | (1 << i)] - worth[subset]);
                }
            }
        }

        return (values, new double[n]);
    }

    /// <summary>
    /// Orders drawn at random, each with its reversal (which cancels much of the error), each pair against one background row and every background row equally often:
    /// along an order the differences telescope, so the sum is that of the whole game whatever is drawn.
    /// </summary>
    public static (double[] Values, double[] Errors) Sampled(CoalitionGame game, int permutations, ulong seed)
    {
        var n = game.Features;
        var rounds = Math.Max(1, (permutations + (2 * game.Background) - 1) / (2 * game.Background));
        var generator = new Generator(seed, "explanation/orders");
        var order = new int[n];
        var sum = new double[n];
        var squares = new double[n];
        var pair = new double[n];
        for (var round = 0; round < rounds; round++)
        {
            for (var background = 0; background < game.Background; background++)
            {
                for (var i = 0; i < n; i++)
                {
                    order[i] = i;
                }

                generator.Shuffle(order);
                Array.Clear(pair);
                Walk(game, order, background, pair);
                Array.Reverse(order);
                Walk(game, order, background, pair);
                for (var i = 0; i < n; i++)
                {
                    var mean = pair[i] / 2;
                    sum[i] += mean;
                    squares[i] += mean * mean;
                }
            }
        }

        var draws = rounds * game.Background;
        var errors = new double[n];
        for (var i = 0; i < n; i++)
        {
            sum[i] /= draws;
            errors[i] = draws > 1 ? Math.Sqrt(Math.Max(0, (squares[i] / draws) - (sum[i] * sum[i])) / (draws - 1)) : double.NaN;
        }

        return (sum, errors);
    }

    /// <summary>Adds what each feature changes when it becomes known in this order.</summary>
    private static void Walk(CoalitionGame game, int[] order, int background, double[] added)
    {
        var steps = new List<(bool[] Known, int Background)>(order.Length + 1) { (new bool[order.Length], background) };
        foreach (var feature in order)
        {
            var known = (bool[])steps[^1].Known.Clone();
            known[feature] = true;
            steps.Add((known, background));
        }

        var worth = game.Evaluate(steps);
        for (var i = 0; i < order.Length; i++)
        {
            added[order[i]] += worth[i + 1] - worth[i];
        }
    }
}
