using System.Text.Json;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Learning;

/// <summary>Forward passes, losses and short trainings that PyTorch computed, to 1e-4 relative.</summary>
public sealed unsafe class ReferenceNetworkTests
{
    private const double Tolerance = 1e-4;

    [SharedTheory]
    [InlineData("mlp_relu", Activation.Relu)]
    [InlineData("mlp_tanh", Activation.Tanh)]
    public void Forward_ReferenceWeights_AgreesWithPyTorch(string name, Activation activation)
    {
        using var document = Open();
        var reference = document.RootElement.GetProperty(name);
        var network = Load(reference.GetProperty("weights"), activation);
        var x = Rows(reference.GetProperty("x"));
        var rows = x.Length / network.Shape.Inputs;
        var outputs = new float[rows * network.Shape.Outputs];
        network.Forward(x, rows, outputs);
        AssertClose(Rows(reference.GetProperty("logits")), outputs);
        network.Predict(x, rows, outputs);
        AssertClose(Rows(reference.GetProperty("softmax")), outputs);
    }

    [SharedFact]
    public void Forward_ReferenceLstm_AgreesWithPyTorch()
    {
        using var document = Open();
        var reference = document.RootElement.GetProperty("lstm");
        var weights = reference.GetProperty("weights");
        var windows = reference.GetProperty("x");
        var (steps, inputs) = (windows[0].GetArrayLength(), windows[0][0].GetArrayLength());
        var shape = new RecurrentShape(
            RecurrentCell.Lstm, inputs, reference.GetProperty("hidden_size").GetInt32(), reference.GetProperty("num_layers").GetInt32(), steps, weights.GetProperty("fc.bias").GetArrayLength(), 0);
        var network = Fill(shape.CreateNetwork(), weights);
        var expected = Rows(reference.GetProperty("logits"));
        var outputs = new float[expected.Length];
        for (var w = 0; w < windows.GetArrayLength(); w++)
        {
            network.Forward(Rows(windows[w]), steps - 1, 1, outputs.AsSpan(w * shape.Outputs));
        }

        AssertClose(expected, outputs);
    }

    [SharedFact]
    public void Losses_ReferenceLogits_AgreeWithPyTorch()
    {
        using var document = Open();
        var losses = document.RootElement.GetProperty("losses");
        var targets = losses.GetProperty("targets").EnumerateArray().Select(t => t.GetInt32()).ToArray();
        var alpha = losses.GetProperty("alpha").EnumerateArray().Select(a => a.GetSingle()).ToArray();
        Assert.Equal(losses.GetProperty("ce").GetDouble(), Mean(targets, targets.Select(_ => 1f).ToArray()), 2e-5);
        Assert.Equal(losses.GetProperty("ce_weighted").GetDouble(), Mean(targets, targets.Select(t => alpha[t]).ToArray()), 2e-5);

        Assert.Equal(losses.GetProperty("focal_g2").GetDouble(), Mean(targets, targets.Select(_ => 1f).ToArray(), 2), 2e-5);
        Assert.Equal(losses.GetProperty("focal_g2_alpha").GetDouble(), Mean(targets, targets.Select(t => alpha[t]).ToArray(), 2), 2e-5);

        double Mean(int[] classes, float[] weights, float gamma = 0)
        {
            var logits = new float[targets.Length * 8];
            var source = Rows(losses.GetProperty("logits"));
            for (var i = 0; i < source.Length; i++)
            {
                logits[(i / 3 * 8) + (i % 3)] = source[i];
            }

            var loss = new float[targets.Length];
            long hits = 0;
            fixed (float* z = logits, w = weights, l = loss)
            {
                fixed (int* c = classes)
                {
                    SoftmaxHead.Run(z, 8, targets.Length, 3, c, w, l, ref hits, null);
                    FocalModulation.Run(z, 8, targets.Length, 3, c, w, l, gamma);
                }
            }

            return loss.Sum(v => (double)v) / weights.Sum(v => (double)v);
        }
    }

    [SharedTheory]
    [InlineData("train_adam", Optimizer.Adam)]
    [InlineData("train_sgd", Optimizer.Sgd)]
    public void Train_ReferenceStart_FollowsPyTorchEpochByEpoch(string name, Optimizer optimizer)
    {
        using var document = Open();
        var reference = document.RootElement.GetProperty(name);
        var data = document.RootElement.GetProperty("train_data");
        var x = Rows(data.GetProperty("X"));
        var y = data.GetProperty("y").EnumerateArray().Select(v => v.GetInt32()).ToArray();
        var set = new TrainingSet(x, x.Length / y.Length, y, null, [.. Enumerable.Range(0, 200)], [.. Enumerable.Range(200, 100)]);
        var start = Load(reference.GetProperty("initial"), Activation.Relu);
        var config = reference.GetProperty("config");
        var options = new TrainerOptions
        {
            Epochs = config.GetProperty("epochs").GetInt32(),
            BatchSize = config.GetProperty("batch_size").GetInt32(),
            LearningRate = config.GetProperty("learning_rate").GetDouble(),
            Optimizer = optimizer,
            WeightDecay = 1e-4,
        };
        var expectedWeights = reference.GetProperty("class_weights").EnumerateArray().Select(w => w.GetDouble()).ToArray();
        var classWeights = LossWeights.BalancedClasses(set, 3);
        Assert.All(expectedWeights.Zip(classWeights), p => Assert.Equal(p.First, p.Second, 1e-6));

        var state = new TrainingState(set, start.Shape, options);
        state.Network.Parameters.CopyFrom(start.Parameters);
        var checkpoint = TrainerCheckpoint.Capture(state, TrainingState.Fingerprint(set, start.Shape, options));
        var outcome = Trainer.Train(set, start.Shape, options, checkpoint, null, CancellationToken.None);

        var history = reference.GetProperty("history").EnumerateArray().ToArray();
        Assert.Equal(history.Length, outcome.History.Count);
        for (var i = 0; i < history.Length; i++)
        {
            AssertClose(history[i].GetProperty("train_loss").GetDouble(), outcome.History[i].TrainLoss);
            AssertClose(history[i].GetProperty("val_loss").GetDouble(), outcome.History[i].ValidationLoss!.Value);
            Assert.Equal(history[i].GetProperty("train_accuracy").GetDouble(), outcome.History[i].TrainAccuracy!.Value, 1e-6);
            Assert.Equal(history[i].GetProperty("val_accuracy").GetDouble(), outcome.History[i].ValidationAccuracy!.Value, 1e-6);
        }

        var expected = Load(reference.GetProperty("returned_best_val"), Activation.Relu);
        AssertClose(expected.Parameters.Span.ToArray(), outcome.Network.Parameters.Span.ToArray());
    }

    private static JsonDocument Open() => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Shared!, "vectors", "learning", "networks.json")));

    private static Network Load(JsonElement weights, Activation activation)
    {
        var hidden = weights.EnumerateObject().Where(t => t.Name.EndsWith("bias", StringComparison.Ordinal)).Select(t => t.Value.GetArrayLength()).ToArray();
        var shape = new MlpShape(weights.GetProperty("0.weight")[0].GetArrayLength(), hidden[..^1], hidden[^1], activation, 0);
        return Fill(shape.CreateNetwork(), weights);
    }

    private static Network Fill(Network network, JsonElement weights)
    {
        Assert.Equal(weights.EnumerateObject().Select(t => t.Name), network.Tensors.Select(t => t.Name));
        foreach (var tensor in network.Tensors)
        {
            var values = Rows(weights.GetProperty(tensor.Name));
            Assert.Equal(tensor.Length, values.Length);
            for (var i = 0; i < values.Length; i++)
            {
                network.Parameters.Span[tensor.Position(i)] = values[i];
            }
        }

        return network;
    }

    private static float[] Rows(JsonElement array)
        => [.. array.EnumerateArray().SelectMany(v => v.ValueKind == JsonValueKind.Array ? v.EnumerateArray().Select(e => e.GetSingle()) : [v.GetSingle()])];

    private static void AssertClose(double expected, double actual)
        => Assert.True(Math.Abs(actual - expected) <= Tolerance * Math.Abs(expected), $"{actual:R}, expected {expected:R}");

    /// <summary>Relative to each value, or to a thousandth of the greatest for values next to zero.</summary>
    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var floor = expected.Max(MathF.Abs) * 1e-3;
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(actual[i] - expected[i]) <= Tolerance * Math.Max(Math.Abs(expected[i]), floor), $"[{i}]: {actual[i]:R}, expected {expected[i]:R}");
        }
    }
}
