using Ktrdr.Engine;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Learning;

public sealed class TrainerTests
{
    private static readonly MlpShape Shape = new(6, [16, 8], 3, Activation.Relu, 0.2f);

    private static readonly TrainerOptions Options = new()
    {
        Epochs = 8,
        BatchSize = 32,
        LearningRate = 3e-3,
        WeightDecay = 1e-4,
        GradientClip = 1,
        Seed = 5,
    };

    [Fact]
    public void Train_LearnableRows_LearnsThem()
    {
        var outcome = Train(Set(600), Shape with { Dropout = 0 }, Options with { Epochs = 60, LearningRate = 1e-2 });
        Assert.True(outcome.History[^1].TrainLoss < 0.4 * outcome.History[0].TrainLoss);
        Assert.True(outcome.History[outcome.BestEpoch - 1].ValidationAccuracy > 0.85);
        Assert.Equal(StopReason.Completed, outcome.StopReason);
        Assert.Equal(120, outcome.ValidationClassCounts.Sum());
    }

    [Theory]
    [InlineData(Optimizer.Adam)]
    [InlineData(Optimizer.AdamW)]
    [InlineData(Optimizer.Sgd)]
    [InlineData(Optimizer.RmsProp)]
    public void Train_ResumedAtAnyEpoch_EqualsTheUnbrokenRun(Optimizer optimizer)
    {
        var set = Set(333);
        var options = Options with { Optimizer = optimizer };
        var checkpoints = new List<byte[]>();
        var lastStates = new List<byte[]>();
        var unbroken = Trainer.Train(set, Shape, options, null, (_, take) => checkpoints.Add(take().ToBytes()), CancellationToken.None);
        foreach (var epoch in (int[])[1, 3, 7, 8])
        {
            var checkpoint = TrainerCheckpoint.FromBytes(checkpoints[epoch - 1]);
            Assert.Equal(epoch, checkpoint.Epoch);
            byte[] last = checkpoints[epoch - 1];
            var resumed = Trainer.Train(set, Shape, options, checkpoint, (_, take) => last = take().ToBytes(), CancellationToken.None);
            Assert.Equal(unbroken.WeightsHash, resumed.WeightsHash);
            Assert.Equal(unbroken.History, resumed.History);
            Assert.Equal(unbroken.BestEpoch, resumed.BestEpoch);
            Assert.Equal(unbroken.ValidationClassCounts, resumed.ValidationClassCounts);
            lastStates.Add(last);
        }

        // The whole final state, moments and random streams included.
        Assert.All(lastStates, s => Assert.Equal(checkpoints[^1], s));
    }

    [Fact]
    public void Train_ResumedWithMoreEpochs_EqualsTheLongRun()
    {
        var set = Set(200);
        TrainerCheckpoint? last = null;
        Trainer.Train(set, Shape, Options with { Epochs = 4 }, null, (_, take) => last = take(), CancellationToken.None);
        var extended = Trainer.Train(set, Shape, Options, last, null, CancellationToken.None);
        Assert.Equal(Train(set, Shape, Options).WeightsHash, extended.WeightsHash);
    }

    [Fact]
    public void Train_SameSeedTwice_GivesTheSameWeightsAndAnotherSeedOthers()
    {
        var set = Set(200);
        var first = Train(set, Shape, Options).WeightsHash;
        Assert.Equal(first, Train(set, Shape, Options).WeightsHash);
        Assert.NotEqual(first, Train(set, Shape, Options with { Seed = 6 }).WeightsHash);
    }

    [Theory]
    [InlineData("the starting weights")]
    [InlineData("the order of the rows")]
    [InlineData("dropout")]
    public void Train_OtherSeed_ChangesEveryUseOfIt(string use)
    {
        // A checkpoint brings what seed 1 gives for the other uses; where it brings all, nothing is left of the seed.
        var set = Set(120);
        Assert.NotEqual(WeightsHash(1, use), WeightsHash(2, use));
        Assert.Equal(WeightsHash(1, "none"), WeightsHash(2, "none"));

        string WeightsHash(ulong seed, string own)
        {
            var shape = Shape with { Dropout = own == "dropout" ? 0.2f : 0 };
            var options = Options with { Epochs = 2, Seed = seed };
            var (state, other) = (new TrainingState(set, shape, options), new TrainingState(set, shape, options with { Seed = 1 }));
            state.Network.Parameters.CopyFrom(own == "the starting weights" ? state.Network.Parameters : other.Network.Parameters);
            state.Shuffle.State = own == "the order of the rows" ? state.Shuffle.State : other.Shuffle.State;
            var checkpoint = TrainerCheckpoint.Capture(state, TrainingState.Fingerprint(set, shape, options));
            return Trainer.Train(set, shape, options, checkpoint, null, CancellationToken.None).WeightsHash;
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.25, 0.25)]
    [InlineData(4, 1)]
    public void Train_GradientClip_IsTheLongestStep(double clip, double expected)
    {
        // One step of plain gradient descent over all rows: it is as long as the rate times the gradient.
        var set = Set(200);
        var options = Options with { Epochs = 1, BatchSize = 200, Optimizer = Optimizer.Sgd, LearningRate = 1e-2, WeightDecay = 0, GradientClip = 0 };
        var norm = Train(set, Shape, options).History[0].GradientNorm;

        var outcome = Train(set, Shape, options with { GradientClip = clip * norm });

        var (before, after) = (Network.Initialize(Shape, options.Seed).Parameters.Span.ToArray(), outcome.Network.Parameters.Span.ToArray());
        var length = Math.Sqrt(before.Zip(after).Sum(p => ((double)p.Second - p.First) * ((double)p.Second - p.First)));
        Assert.Equal(norm, outcome.History[0].GradientNorm);
        Assert.Equal(expected * norm * options.LearningRate, length, 1e-3 * length);
    }

    [Fact]
    public void Train_EarlyStopping_RestoresTheBestEpochAndNotTheLast()
    {
        // Few rows with random labels: the validation loss must turn upwards soon.
        var generator = new Generator(8, "noise");
        var features = Enumerable.Range(0, 120 * 6).Select(_ => (float)generator.NextGaussian()).ToArray();
        var classes = Enumerable.Range(0, 120).Select(_ => generator.NextInt(3)).ToArray();
        var set = new TrainingSet(features, 6, classes, null, [.. Enumerable.Range(0, 60)], [.. Enumerable.Range(60, 60)]);
        var options = Options with { Epochs = 300, LearningRate = 1e-2, Patience = 5 };
        var outcome = Train(set, Shape with { Dropout = 0 }, options);
        Assert.Equal(StopReason.EarlyStopping, outcome.StopReason);
        Assert.Equal(outcome.BestEpoch + 5, outcome.History.Count);
        Assert.Equal(outcome.BestEpoch, outcome.History.MinBy(h => h.ValidationLoss)!.Epoch);
        Assert.True(outcome.History[outcome.BestEpoch - 1].IsBest);

        var atBest = Train(set, Shape with { Dropout = 0 }, options with { Epochs = outcome.BestEpoch, Patience = 0 });
        Assert.Equal(atBest.WeightsHash, outcome.WeightsHash);

        // Checked again from outside: the restored weights have the best epoch's validation loss.
        Assert.Equal(outcome.History[outcome.BestEpoch - 1].ValidationLoss!.Value, ValidationLoss(outcome.Network, set), 1e-5);
    }

    [Fact]
    public void Train_Dropout_IsOffWhereItValidates()
    {
        var set = Set(200);

        var outcome = Train(set, Shape with { Dropout = 0.5f }, Options);

        Assert.Equal(outcome.History[outcome.BestEpoch - 1].ValidationLoss!.Value, ValidationLoss(outcome.Network, set), 1e-5);
    }

    [Fact]
    public void Train_MinDelta_CountsSmallImprovementsAsNone()
    {
        var outcome = Train(Set(200), Shape, Options with { Epochs = 50, LearningRate = 1e-6, Patience = 3, MinDelta = 0.5 });
        Assert.Equal(StopReason.EarlyStopping, outcome.StopReason);
        Assert.Equal(4, outcome.History.Count);
        Assert.Equal(outcome.History.MinBy(h => h.ValidationLoss)!.Epoch, outcome.BestEpoch);
    }

    [Fact]
    public void Train_ClassMissingFromTheTrainingRows_GivesItWeightZero()
    {
        var set = Set(300, classes => [.. classes.Select((c, r) => r < 240 && c == 1 ? 0 : c)]);
        Assert.Equal(0, LossWeights.BalancedClasses(set, 3)[1]);
        Assert.Equal(3, LossWeights.BalancedClasses(set, 3).Sum(), 1e-12);
        var outcome = Train(set, Shape, Options);
        Assert.Equal(StopReason.Completed, outcome.StopReason);
        Assert.All(outcome.History, h => Assert.True(double.IsFinite(h.TrainLoss) && double.IsFinite(h.ValidationLoss!.Value)));
    }

    [Fact]
    public void BalancedClasses_FourTwoAndOneTrainingRows_WeighInversely()
    {
        // What validates does not count.
        var set = new TrainingSet(new float[9], 1, [0, 0, 0, 0, 1, 1, 2, 2, 2], null, [0, 1, 2, 3, 4, 5, 6], [7, 8]);

        Assert.All(LossWeights.BalancedClasses(set, 3).Zip([3 / 7.0, 6 / 7.0, 12 / 7.0]), pair => Assert.Equal(pair.Second, pair.First, 1e-12));
    }

    [Fact]
    public void Train_ValidationRowsOfAnAbsentClassOnly_FallsBackToTheTrainingLoss()
    {
        var set = Set(300, classes => [.. classes.Select((_, r) => r < 240 ? r % 2 : 2)]);
        var outcome = Train(set, Shape, Options);
        Assert.All(outcome.History, h => Assert.Null(h.ValidationLoss));
        Assert.Equal(outcome.History.MinBy(h => h.TrainLoss)!.Epoch, outcome.BestEpoch);
    }

    [Fact]
    public void Train_ConstantFeatures_StaysFinite()
    {
        var source = Set(100);
        var set = new TrainingSet(new float[100 * 6], 6, source.Classes, null, source.TrainRows, source.ValidationRows);
        var outcome = Train(set, Shape, Options);
        Assert.Equal(StopReason.Completed, outcome.StopReason);
        Assert.All(outcome.History, h => Assert.True(double.IsFinite(h.TrainLoss)));
    }

    [Fact]
    public void Train_SampleWeightZero_LeavesTheRowWithoutInfluence()
    {
        var source = Set(128);
        var weights = Enumerable.Repeat(1f, 128).ToArray();
        weights[7] = 0;
        TrainingSet With(int label)
        {
            var classes = source.Classes.ToArray();
            classes[7] = label;
            return new TrainingSet(source.Features, 6, classes, weights, source.TrainRows, source.ValidationRows);
        }

        var options = Options with { BalanceClasses = false };
        Assert.Equal(Train(With(0), Shape, options).WeightsHash, Train(With(2), Shape, options).WeightsHash);
    }

    [Fact]
    public void Train_DivergingRun_StopsWithAReasonAndKeepsTheBestEpoch()
    {
        var source = Set(200);
        var features = source.Features.Select(v => v * 1e15f).ToArray();
        var set = new TrainingSet(features, 6, source.Classes, null, source.TrainRows, source.ValidationRows);
        var outcome = Train(set, Shape, Options with { LearningRate = 1e10, GradientClip = 0, Optimizer = Optimizer.Sgd });
        Assert.Equal(StopReason.NotFinite, outcome.StopReason);
        Assert.Contains("epoch", outcome.StopMessage, StringComparison.Ordinal);
        Assert.All(Safetensors.Write(outcome.Network).Chunk(4).Skip(200).Select(b => BitConverter.ToSingle(b)), v => Assert.True(float.IsFinite(v)));
    }

    [Theory]
    [InlineData(Loss.Huber)]
    [InlineData(Loss.Mse)]
    public void Train_Regression_FitsALinearTarget(Loss loss)
    {
        var source = Set(400);
        var targets = Enumerable.Range(0, 400).Select(r => source.Features[r * 6] - (0.5f * source.Features[(r * 6) + 1])).ToArray();
        var set = new TrainingSet(source.Features, 6, targets, null, source.TrainRows, source.ValidationRows);
        var outcome = Train(set, new MlpShape(6, [16], 1, Activation.Tanh, 0), Options with { Loss = loss, Epochs = 80, LearningRate = 1e-2 });
        Assert.True(outcome.History[^1].ValidationLoss < 0.02 * outcome.History[0].ValidationLoss);
        Assert.Null(outcome.History[0].TrainAccuracy);
        Assert.Empty(outcome.ValidationClassCounts);
    }

    [Fact]
    public void Train_Cancelled_StopsInsideTheEpoch()
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Trainer.Train(Set(200), Shape, Options, null, (report, _) =>
        {
            Assert.Equal(1, report.Epoch);
            source.Cancel();
        }, source.Token));
    }

    [Fact]
    public void Train_CheckpointOfAnotherTraining_IsRefused()
    {
        TrainerCheckpoint? checkpoint = null;
        Func<TrainerCheckpoint>? late = null;
        Trainer.Train(Set(200), Shape, Options, null, (_, take) => (checkpoint, late) = (take(), take), CancellationToken.None);
        var error = Assert.Throws<InvalidInputException>(() => Trainer.Train(Set(200), Shape, Options with { LearningRate = 1 }, checkpoint, null, CancellationToken.None));
        Assert.Contains("another training", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => late!());

        var bytes = checkpoint!.ToBytes();
        bytes[200] ^= 1;
        Assert.Contains("damaged", Assert.Throws<InvalidInputException>(() => TrainerCheckpoint.FromBytes(bytes)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => TrainerCheckpoint.FromBytes(bytes.AsSpan(0, 10)));
    }

    [Fact]
    public void Train_InputsThatDoNotFit_NameTheFieldAndWhatIsAllowed()
    {
        AssertRefused("model.inputs is 5", () => Train(Set(50), Shape with { Inputs = 5 }, Options));
        AssertRefused("cross_entropy", () => Train(Set(50), Shape, Options with { Loss = Loss.Mse }));
        AssertRefused("classes[", () => Train(Set(50), Shape with { Outputs = 2 }, Options));
        AssertRefused("training.epochs is 0", () => Train(Set(50), Shape, Options with { Epochs = 0 }));
        AssertRefused("model.hidden_layers[1] is 0", () => Train(Set(50), Shape with { Hidden = [4, 0] }, Options));
        var features = Set(50).Features;
        features[(3 * 6) + 2] = float.NaN;
        AssertRefused("features row 3 column 2 is NaN", () => new TrainingSet(features, 6, new int[50], null, [3], []));

        static void AssertRefused(string part, Func<object> action)
            => Assert.Contains(part, Assert.Throws<InvalidInputException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_AnEpoch_AllocatesNothingPerStep()
    {
        var set = Set(2000);
        var allocated = new List<long>();
        Trainer.Train(set, Shape, Options with { BatchSize = 8, Epochs = 5 }, null, (_, _) => allocated.Add(GC.GetAllocatedBytesForCurrentThread()), CancellationToken.None);

        // 200 steps an epoch; what an epoch allocates is its report and the validation's counts.
        Assert.All(allocated.Zip(allocated.Skip(1)).Skip(1), p => Assert.InRange(p.Second - p.First, 0, 1500));
    }

    /// <summary>The weighted cross-entropy of a network on what validates, computed by itself.</summary>
    private static double ValidationLoss(Network network, TrainingSet set)
    {
        var outputs = new float[3];
        var weights = LossWeights.Of(set, 3, Options);
        double loss = 0, weight = 0;
        foreach (var row in set.ValidationRows)
        {
            network.Forward(set.Features.AsSpan(row * 6, 6), 1, outputs);
            loss += weights[row] * DoubleNetwork.CrossEntropy([.. outputs.Select(v => (double)v)], set.Classes[row]);
            weight += weights[row];
        }

        return loss / weight;
    }

    private static TrainingOutcome Train(TrainingSet set, NetworkShape shape, TrainerOptions options)
        => Trainer.Train(set, shape, options, null, null, CancellationToken.None);

    /// <summary>Gaussian features whose class follows from the first two; the last fifth validates.</summary>
    private static TrainingSet Set(int rows, Func<int[], int[]>? relabel = null)
    {
        var generator = new Generator(3, "rows");
        var features = Enumerable.Range(0, rows * 6).Select(_ => (float)generator.NextGaussian()).ToArray();
        var classes = Enumerable.Range(0, rows).Select(r => features[r * 6] + features[(r * 6) + 1]).Select(s => s > 0.6f ? 0 : s < -0.6f ? 2 : 1).ToArray();
        var train = rows * 4 / 5;
        return new TrainingSet(features, 6, relabel?.Invoke(classes) ?? classes, null, [.. Enumerable.Range(0, train)], [.. Enumerable.Range(train, rows - train)]);
    }
}
