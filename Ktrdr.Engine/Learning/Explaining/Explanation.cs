using System.Globalization;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning.Tsk;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Explaining;

/// <summary>How a decision is explained.</summary>
public sealed record ExplanationOptions
{
    /// <summary>Index of the output to explain; null: the greatest class, or the only output.</summary>
    public int? Output { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Rows drawn from the background: what a feature is when it is not known. 1 or more.</summary>
    public int BackgroundRows { get; init; } = 64;

    /// <summary>Orders in which features are made known, where there are too many for all subsets; rounded up so that each background row is used equally often. 1 or more.</summary>
    public int Permutations { get; init; } = 512;
}

/// <summary>What one feature adds to the output, from its expectation over the background.</summary>
/// <param name="Feature">Feature id.</param>
/// <param name="Contribution">Shapley value, in the output's unit: a probability for classes, the target's unit for regression.</param>
/// <param name="StandardError">Of the sampling over orders; 0 where all subsets were computed.</param>
public sealed record FeatureContribution(string Feature, double Contribution, double StandardError);

/// <summary>
/// Why a network of any kind says what it says about one row. Contributions are Shapley values (Štrumbelj and Kononenko 2014; Lundberg and Lee 2017): a feature that is not known has the values
/// of background rows; with up to <see cref="MostExact"/> features all subsets are computed, with more a seeded sample of orders and their reversals. Either way they sum to
/// <see cref="Value"/> − <see cref="Expected"/> but for rounding: see <see cref="Tolerance"/>. In a recurrent network a feature is its whole column of the window. The same seed gives the same bits.
/// </summary>
/// <param name="Output">Index of the explained output.</param>
/// <param name="Value">The network's output for the row.</param>
/// <param name="Expected">Its mean over the background rows.</param>
/// <param name="Contributions">Per feature, in column order.</param>
/// <param name="IsExact">Whether all subsets were computed.</param>
/// <param name="Rules">For a tsk network what each rule did in this decision, the greatest first; else empty.</param>
public sealed record Explanation(int Output, double Value, double Expected, IReadOnlyList<FeatureContribution> Contributions, bool IsExact, IReadOnlyList<FiredRule> Rules)
{
    /// <summary>Most features for which all subsets are computed.</summary>
    public const int MostExact = 10;

    /// <summary>Greatest |sum of contributions − (value − expected)|, relative to the greatest of 1, |value| and |expected|.</summary>
    public const double Tolerance = 1e-9;

    /// <param name="features">Names of the columns.</param>
    /// <param name="matrix">Row-major scaled features, as the network was trained on.</param>
    /// <param name="background">Rows to draw the background from, usually the training rows; each with its window complete.</param>
    /// <param name="row">The row to explain.</param>
    /// <param name="outputs">Names of the outputs and <paramref name="normalization"/> the scaling of the features, for the sentences of a tsk network.</param>
    /// <exception cref="InvalidInputException">The row or the background is not complete, or an option is out of range.</exception>
    public static Explanation Of(
        Network network, IReadOnlyList<string> features, float[] matrix, IReadOnlyList<int> background, int row, IReadOnlyList<string> outputs, Normalization normalization, ExplanationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new ExplanationOptions();
        Check(network, features, matrix, background, row, outputs, options);
        var rows = Draw(background, options);
        var all = new float[network.Shape.Outputs];
        network.Predict(matrix, row, 1, all);
        var output = options.Output ?? (all.Length == 1 ? 0 : all.AsSpan().IndexOf(all.Max()));
        var game = new CoalitionGame(network, matrix, row, rows, output);
        var exact = features.Count <= MostExact;
        var (values, errors) = exact ? ShapleyValues.Exact(game) : ShapleyValues.Sampled(game, options.Permutations, options.Seed);
        var columns = features.Count;
        return new Explanation(
            output, game.Value, game.Expected,
            [.. features.Select((name, c) => new FeatureContribution(name, values[c], errors[c]))],
            exact, network is TskNetwork tsk ? FiredRule.Of(tsk, matrix.AsSpan(row * columns, columns), output, outputs, normalization) : []);
    }

    /// <summary>Some rows of the background, each once, in their order.</summary>
    private static int[] Draw(IReadOnlyList<int> background, ExplanationOptions options)
    {
        int[] rows = [.. background];
        new Generator(options.Seed, "explanation/background").Shuffle(rows);
        return [.. rows.Take(options.BackgroundRows).Order()];
    }

    private static void Check(
        Network network, IReadOnlyList<string> features, float[] matrix, IReadOnlyList<int> background, int row, IReadOnlyList<string> outputs, ExplanationOptions options)
    {
        var shape = network.Shape;
        Require(features.Count == shape.Inputs, "features", features.Count, $"{shape.Inputs} names, one per input");
        Require(outputs.Count == shape.Outputs, "outputs", outputs.Count, $"{shape.Outputs} names, one per output");
        Require(options.Output is null or >= 0 && (options.Output ?? 0) < shape.Outputs, "output", options.Output ?? 0, $"0 to {shape.Outputs - 1}");
        Require(options.BackgroundRows >= 1, "background_rows", options.BackgroundRows, "1 or more");
        Require(options.Permutations >= 1, "permutations", options.Permutations, "1 or more");
        Require(background.Count >= 1, "background", background.Count, "1 row or more");
        Require(IsComplete(row), "row", row, "a row past the warm-up, with its whole window");
        foreach (var other in background)
        {
            Require(IsComplete(other), "background", other, "rows past the warm-up, with their whole windows");
        }

        bool IsComplete(int at)
        {
            var first = at - shape.SequenceLength + 1;
            if (first < 0 || (long)(at + 1) * shape.Inputs > matrix.Length)
            {
                return false;
            }

            foreach (var value in matrix.AsSpan(first * shape.Inputs, shape.SequenceLength * shape.Inputs))
            {
                if (!float.IsFinite(value))
                {
                    return false;
                }
            }

            return true;
        }
    }

    private static void Require(bool holds, string path, int value, string allowed)
    {
        if (!holds)
        {
            var text = value.ToString(CultureInfo.InvariantCulture);
            throw new InvalidInputException(new Problem("unfit_explanation", path, $"{path} is {text}; allowed: {allowed}.") { Value = text, Allowed = allowed });
        }
    }
}
