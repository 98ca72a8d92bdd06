using Ktrdr.Engine;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Learning.Tsk;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Learning.Tsk;

public sealed unsafe class TskNetworkTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 33)]
    [InlineData(3, 40)]
    [InlineData(4, 7)]
    public void Forward_RandomParameters_AgreesWithTheFormulas(int outputs, int rows)
    {
        var network = Random(outputs, 3);
        var matrix = Rows(rows, 4, 5);
        var ours = new float[rows * outputs];
        network.Forward(matrix, rows, ours);
        var parameters = network.Parameters.Span.ToArray().Select(p => (double)p).ToArray();
        for (var row = 0; row < rows; row++)
        {
            var expected = DoubleTsk.Forward(network.Shape, parameters, matrix.AsSpan(row * 4, 4));
            for (var k = 0; k < outputs; k++)
            {
                Assert.InRange(ours[(row * outputs) + k] - expected[k], -1e-4, 1e-4);
            }
        }
    }

    [Theory]
    [InlineData(3, Loss.CrossEntropy, 70)]
    [InlineData(4, Loss.CrossEntropy, 5)]
    [InlineData(1, Loss.Huber, 45)]
    [InlineData(1, Loss.Mse, 64)]
    public void Backward_EveryParameter_AgreesWithCentralDifferences(int outputs, Loss loss, int rows)
    {
        var network = Random(outputs, 7);
        var generator = new Generator(8, "labels");
        var matrix = Rows(rows, 4, 9);
        int[] all = [.. Enumerable.Range(0, rows)];
        var weights = all.Select(_ => 0.2f + (float)generator.NextDouble()).ToArray();
        var classes = all.Select(_ => generator.NextInt(Math.Max(2, outputs))).ToArray();
        var targets = all.Select(_ => (float)generator.NextGaussian()).ToArray();
        var set = outputs > 1 ? new TrainingSet(matrix, 4, classes, weights, all, []) : new TrainingSet(matrix, 4, targets, weights, all, []);
        var options = new TrainerOptions { Loss = loss, HuberDelta = 0.5, BalanceClasses = false };

        var pass = network.CreatePass(training: true);
        var gradients = new AlignedFloats(network.Parameters.Length);
        var tally = default(LossTally);
        for (var first = 0; first < rows; first += pass.TileRows)
        {
            pass.LoadRows(set, LossWeights.Of(set, outputs, options), all.AsSpan(first, Math.Min(pass.TileRows, rows - first)));
            pass.Forward(network.Parameters.Pointer, new DropoutStream(0, 1, 1, pass.RowPitch), first);
            pass.Loss(LossFunction.Of(options), ref tally, null);
            pass.Backward(network.Parameters.Pointer, gradients.Pointer);
        }

        var parameters = network.Parameters.Span.ToArray().Select(p => (double)p).ToArray();
        double Total() => all.Sum(row =>
        {
            var y = DoubleTsk.Forward(network.Shape, parameters, matrix.AsSpan(row * 4, 4));
            return weights[row] * (loss switch
            {
                Loss.CrossEntropy => DoubleNetwork.CrossEntropy(y, classes[row]),
                Loss.Huber => DoubleNetwork.Huber(y[0] - targets[row], 0.5),
                _ => (y[0] - targets[row]) * (y[0] - targets[row]),
            });
        });

        Assert.InRange(tally.Loss / Total(), 0.9999, 1.0001);
        for (var p = 0; p < network.Layout.Length; p++)
        {
            const double h = 1e-5;
            var value = parameters[p];
            parameters[p] = value + h;
            var above = Total();
            parameters[p] = value - h;
            var slope = (above - Total()) / (2 * h);
            parameters[p] = value;
            Assert.True(Math.Abs(gradients.Span[p] - slope) <= 2e-3 * (1 + Math.Abs(slope)), $"parameter {p}: {gradients.Span[p]}, central difference {slope}");
        }
    }

    [Fact]
    public void Terms_WhateverTheParameters_StayInOrderAndOverlap()
    {
        var shape = Shape(1);
        var layout = new TskLayout(shape);
        var terms = new TskTerms(shape, layout);
        for (ulong seed = 0; seed < 200; seed++)
        {
            var generator = new Generator(seed, "wild");
            terms.Update([.. Enumerable.Range(0, layout.Length).Select(_ => (float)(20 * generator.NextGaussian()))]);
            for (var i = 0; i < shape.Inputs; i++)
            {
                for (var t = 0; t + 1 < shape.Variables[i].Terms.Count; t++)
                {
                    var at = layout.FirstTerm[i] + t;
                    Assert.True(terms.Centre[at + 1] > terms.Centre[at], $"seed {seed}: centres {terms.Centre[at]} and {terms.Centre[at + 1]}");
                    var crossing = terms.CrossingAfter(i, t);
                    var lower = Math.Exp(-0.5 * Math.Pow((crossing - terms.Centre[at]) * terms.InverseRight[at], 2));
                    var upper = Math.Exp(-0.5 * Math.Pow((crossing - terms.Centre[at + 1]) * terms.InverseLeft[at + 1], 2));
                    Assert.InRange(lower, 0.35, 0.83);
                    Assert.InRange(upper - lower, -1e-3, 1e-3);
                }
            }
        }
    }

    [Fact]
    public void Terms_ParametersZero_AreThoseOfTheShape()
    {
        var shape = Shape(1);
        var layout = new TskLayout(shape);
        var terms = new TskTerms(shape, layout);
        terms.Update(new float[layout.Length]);
        Assert.Equal(shape.Variables.SelectMany(v => v.Terms).Select(t => (float)t.Centre), terms.Centre);
        Assert.Equal(-0.4, terms.CrossingAfter(0, 0), 5);
    }

    [Fact]
    public void Forward_ManyConditions_DoesNotSaturate()
    {
        // 40 conditions, each about half true: a product of memberships would leave 1e-5 of the decision to one rule.
        const int inputs = 40;
        var variables = Enumerable.Range(0, inputs).Select(i => new TskInput($"x{i}", -3, 3, [new TskTerm("low", -1), new TskTerm("high", 1)], [new TskBorder(0.5, 0.85)])).ToArray();
        TskRule Rule(int term) => new([.. Enumerable.Range(0, inputs).Select(i => new TskAntecedent(i, term, 0))]);
        var network = new TskNetwork(new TskShape(variables, [Rule(0), Rule(1)], 1));
        network.Parameters.Span[network.Layout.Constants] = -1;
        network.Parameters.Span[network.Layout.Constants + 1] = 1;
        var y = new float[1];
        network.Forward(Enumerable.Repeat(0.1f, inputs).ToArray(), 1, y);
        Assert.InRange(y[0], 0.01f, 0.5f);
    }

    [Fact]
    public void Forward_NaNInAnyInput_GivesNaN()
    {
        var network = Random(3, 3);
        for (var i = 0; i < 4; i++)
        {
            var row = Rows(1, 4, 5);
            row[i] = float.NaN;
            var y = new float[3];
            network.Forward(row, 1, y);
            Assert.All(y, v => Assert.True(float.IsNaN(v)));
        }
    }

    [Fact]
    public void Predict_RowsTogetherOrAlone_GiveTheSameBits()
    {
        var network = Random(3, 3);
        var matrix = Rows(50, 4, 5);
        var together = new float[150];
        network.Predict(matrix, 50, together);
        for (var row = 0; row < 50; row++)
        {
            var alone = new float[3];
            network.Predict(matrix.AsSpan(row * 4, 4), 1, alone);
            Assert.Equal(together.AsSpan(row * 3, 3).ToArray(), alone);
        }
    }

    [Fact]
    public void WeightFile_WrittenAndRead_GivesTheSameNetwork()
    {
        var network = Random(3, 3);
        var read = Safetensors.Read(Safetensors.Write(network), network.Shape);
        Assert.Equal(network.Parameters.Span.ToArray(), read.Parameters.Span.ToArray());
        Assert.Equal(network.WeightsHash(), read.WeightsHash());
    }

    [Fact]
    public void ScaleOutputs_PowerOfTwo_ScalesPredictionsExactly()
    {
        var network = Random(1, 3);
        var matrix = Rows(20, 4, 5);
        var (before, after) = (new float[20], new float[20]);
        network.Forward(matrix, 20, before);
        network.ScaleOutputs(1 / 64f);
        network.Forward(matrix, 20, after);
        Assert.Equal(before.Select(y => y / 64f), after);
    }

    [Fact]
    public void Shape_EqualContent_IsEqualAndAnotherPivotIsNot()
    {
        Assert.Equal(Shape(3), Shape(3));
        Assert.Equal(Shape(3).ToString(), Shape(3).ToString());
        var moved = Shape(3) with { Rules = [new TskRule([new TskAntecedent(0, 0, 0.25)]), .. Shape(3).Rules.Skip(1)] };
        Assert.NotEqual(Shape(3), moved);
        Assert.NotEqual(Shape(3).ToString(), moved.ToString());
    }

    [Fact]
    public void Validate_EverythingWrong_NamesEveryPath()
    {
        TskInput wrong = new("x", double.NaN, 1, [new TskTerm("low", 1), new TskTerm("high", 1)], []);
        var shape = new TskShape([wrong], [new TskRule([new TskAntecedent(0, 5, 0)], 0)], 1);
        var refused = Assert.Throws<InvalidInputException>(shape.Validate);
        Assert.Equal(
            ["model.rules[0].antecedents[0].term", "model.rules[0].restraint", "model.variables[0].borders", "model.variables[0].low", "model.variables[0].terms[1].centre"],
            refused.Problems.Select(p => p.Path).Order(StringComparer.Ordinal));
    }

    internal static TskShape Shape(int outputs) => new(
        [
            new TskInput("1h_a_raw", -2, 2, [new TskTerm("low", -1), new TskTerm("medium", 0.2), new TskTerm("high", 1)], [new TskBorder(0.5, 0.85), new TskBorder(0.3, 1.1)]),
            new TskInput("1h_b_raw", -1.5, 2.5, [new TskTerm("low", -0.5), new TskTerm("high", 0.7)], [new TskBorder(0.6, 0.75)]),
            new TskInput("1h_c_raw", -3, 3, [new TskTerm("w", -1.2), new TskTerm("x", -0.3), new TskTerm("y", 0.4), new TskTerm("z", 1.5)], [new TskBorder(0.5, 0.9), new TskBorder(0.4, 1.4), new TskBorder(0.7, 0.8)]),
            new TskInput("1h_unused_raw", -3, 3, [new TskTerm("low", -1), new TskTerm("high", 1)], [new TskBorder(0.5, 0.85)]),
        ],
        [
            new TskRule([new TskAntecedent(0, 0, -0.9)]),
            new TskRule([new TskAntecedent(0, 1, 0.1), new TskAntecedent(1, 1, 0.4)]),
            new TskRule([new TskAntecedent(2, 3, 1.1)]),
            new TskRule([new TskAntecedent(0, 2, 0.8), new TskAntecedent(1, 0, -0.3), new TskAntecedent(2, 1, -0.2)]),
            new TskRule([new TskAntecedent(2, 2, 0.5), new TskAntecedent(0, 0, -1)]),
        ],
        outputs);

    internal static TskNetwork Random(int outputs, ulong seed)
    {
        var network = new TskNetwork(Shape(outputs));
        var generator = new Generator(seed, "parameters");
        for (var p = 0; p < network.Layout.Length; p++)
        {
            network.Parameters.Span[p] = (float)(0.7 * generator.NextGaussian());
        }

        return network;
    }

    internal static float[] Rows(int rows, int columns, ulong seed)
    {
        var generator = new Generator(seed, "rows");
        return [.. Enumerable.Range(0, rows * columns).Select(_ => (float)(1.3 * generator.NextGaussian()))];
    }
}
