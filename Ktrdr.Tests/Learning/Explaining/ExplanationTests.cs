using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Explaining;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Learning.Tsk;
using Ktrdr.Engine.Numerics;
using Ktrdr.Tests.Learning.Tsk;
using Xunit;

namespace Ktrdr.Tests.Learning.Explaining;

public sealed class ExplanationTests
{
    private const int Rows = 120;

    public static TheoryData<string> Kinds => ["mlp", "mlp wide", "lstm", "gru wide", "tsk"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Of_EveryKind_SumsToTheValueFromItsExpectation(string kind)
    {
        var network = Make(kind);
        var matrix = Matrix(network);
        var explanation = Explain(network, matrix, 100, new ExplanationOptions { Seed = 3, BackgroundRows = 16, Permutations = 64 });
        Assert.Equal(network.Shape.Inputs <= Explanation.MostExact, explanation.IsExact);
        Assert.Equal(network.Shape.Inputs, explanation.Contributions.Count);
        Assert.InRange(explanation.Contributions.Sum(c => c.Contribution) - (explanation.Value - explanation.Expected), -Explanation.Tolerance, Explanation.Tolerance);
        Assert.Contains(explanation.Contributions, c => Math.Abs(c.Contribution) > 1e-4);

        var outputs = new float[network.Shape.Outputs];
        network.Predict(matrix, 100, 1, outputs);
        Assert.Equal(outputs.Max(), (float)explanation.Value);
        Assert.Equal(outputs.AsSpan().IndexOf(outputs.Max()), explanation.Output);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Of_SameSeed_GivesTheSameBitsAndAnotherSeedAnotherBackground(string kind)
    {
        var network = Make(kind);
        var matrix = Matrix(network);
        var options = new ExplanationOptions { Seed = 3, BackgroundRows = 8, Permutations = 32 };
        var first = Explain(network, matrix, 100, options);
        Assert.Equal(first.Contributions, Explain(network, matrix, 100, options).Contributions);
        Assert.NotEqual(first.Expected, Explain(network, matrix, 100, options with { Seed = 4 }).Expected);
    }

    [Fact]
    public void Of_LinearNetwork_GivesEachFeatureItsWeightTimesItsDistanceFromTheMean()
    {
        // One hidden unit that stays on its linear side.
        var network = new MlpNetwork(new MlpShape(3, [1], 1, Activation.LeakyRelu, 0));
        float[] weights = [0.5f, -2, 0];
        for (var i = 0; i < 3; i++)
        {
            network.Parameters.Span[network.Layers[0].WeightOffset + network.Layers[0].IndexOf(i, 0)] = weights[i];
        }

        network.Parameters.Span[network.Layers[0].BiasOffset] = 100;
        network.Parameters.Span[network.Layers[1].WeightOffset] = 1;
        var matrix = TskNetworkTests.Rows(Rows, 3, 5);
        var background = Enumerable.Range(0, 50).ToArray();
        var explanation = Explanation.Of(network, ["a", "b", "c"], matrix, background, 100, ["return"], Normalization.None, new ExplanationOptions { BackgroundRows = 50 });
        for (var i = 0; i < 3; i++)
        {
            var mean = background.Average(b => matrix[(b * 3) + i]);
            Assert.InRange(explanation.Contributions[i].Contribution - (weights[i] * (matrix[300 + i] - mean)), -1e-4, 1e-4);
        }
    }

    [Fact]
    public void Of_SampledOrders_AgreesWithAllSubsets()
    {
        var network = Make("mlp");
        var matrix = Matrix(network);
        var game = new CoalitionGame(network, matrix, 100, [.. Enumerable.Range(30, 20)], 0);
        var (exact, _) = ShapleyValues.Exact(game);
        var (sampled, errors) = ShapleyValues.Sampled(game, 4_000, 1);
        for (var i = 0; i < exact.Length; i++)
        {
            Assert.True(Math.Abs(sampled[i] - exact[i]) < (5 * errors[i]) + 1e-9, $"feature {i}: {sampled[i]} ± {errors[i]}, exactly {exact[i]}");
        }
    }

    [Fact]
    public void Of_Tsk_RulesAndBiasSumToTheRawOutput()
    {
        var network = TskNetworkTests.Random(1, 3);
        var matrix = Matrix(network);
        var explanation = Explain(network, matrix, 100, new ExplanationOptions());
        Assert.Equal(network.Shape.Rules.Count, explanation.Rules.Count);
        Assert.InRange(explanation.Rules.Sum(r => r.Contribution) + network.Parameters.Span[0] - explanation.Value, -1e-5, 1e-5);
        Assert.InRange(explanation.Rules.Sum(r => r.Firing), 0.9999, 1.0001);
        Assert.InRange(explanation.Rules.Sum(r => r.Share), 0.9999, 1.0001);
        Assert.Equal(explanation.Rules.OrderByDescending(r => Math.Abs(r.Contribution)), explanation.Rules);
        Assert.All(explanation.Rules, r => Assert.StartsWith("IF 1h ", r.Sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void Of_RowWhoseWindowIsNotComplete_IsRefused()
    {
        var network = Make("lstm");
        var matrix = Matrix(network);
        matrix[98 * network.Shape.Inputs] = float.NaN;
        foreach (var row in (int[])[0, 98, 99, Rows])
        {
            Assert.Equal("row", Assert.Throws<InvalidInputException>(() => Explain(network, matrix, row, new ExplanationOptions())).Problems[0].Path);
        }
    }

    private static Explanation Explain(Network network, float[] matrix, int row, ExplanationOptions options) => Explanation.Of(
        network, [.. Enumerable.Range(0, network.Shape.Inputs).Select(i => $"1h_f{i}_raw")], matrix, [.. Enumerable.Range(20, 60)], row,
        network.Shape.Outputs == 1 ? ["return"] : ["buy", "hold", "sell"], Normalization.None, options);

    private static Network Make(string kind) => kind switch
    {
        "mlp" => Network.Initialize(new MlpShape(6, [16, 8], 3, Activation.Tanh, 0), 4),
        "mlp wide" => Network.Initialize(new MlpShape(15, [16], 1, Activation.Relu, 0), 4),
        "lstm" => Network.Initialize(new RecurrentShape(RecurrentCell.Lstm, 4, 8, 1, 6, 3, 0), 4),
        "gru wide" => Network.Initialize(new RecurrentShape(RecurrentCell.Gru, 12, 8, 2, 5, 1, 0), 4),
        _ => TskNetworkTests.Random(3, 4),
    };

    private static float[] Matrix(Network network) => TskNetworkTests.Rows(Rows, network.Shape.Inputs, Generator.Derive(9, "matrix"));
}
