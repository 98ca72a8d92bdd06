using Ktrdr.Engine;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Learning;

public sealed class SeedTrainingTests
{
    private static readonly MlpShape Shape = new(4, [12, 6], 3, Activation.Relu, 0.2f);

    private static readonly TrainerOptions Options = new() { Epochs = 5, BatchSize = 32, LearningRate = 3e-3, GradientClip = 1 };

    private static readonly ulong[] Seeds = [11, 5, ulong.MaxValue, 0, 42];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void Train_AnyNumberOfThreads_GivesEachSeedTheBitsItHasAlone(int threads)
    {
        foreach (var shape in (NetworkShape[])[Shape, new RecurrentShape(RecurrentCell.Lstm, 4, 6, 2, 5, 3, 0.1f)])
        {
            var alone = Seeds.Select(seed => Trainer.Train(Set(), shape, Options with { Seed = seed }, null, null, CancellationToken.None)).ToArray();
            var outcome = SeedTraining.Train(Set(), shape, Options, Seeds, threads, null, (_, take) => take(), CancellationToken.None);
            Assert.Equal(Seeds, outcome.Seeds);
            Assert.Equal(alone.Select(o => o.WeightsHash), outcome.Outcomes.Select(o => o.WeightsHash));
            Assert.All(alone.Zip(outcome.Outcomes), p => Assert.Equal(p.First.History, p.Second.History));
            Assert.Equal(Seeds.Length, outcome.Outcomes.Select(o => o.WeightsHash).Distinct().Count());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(13)]
    public void Train_ResumedAfterAnyEpochs_EqualsTheUnbrokenRun(int callbacks)
    {
        var unbroken = SeedTraining.Train(Set(), Shape, Options, Seeds, 1, null, null, CancellationToken.None);
        using var source = new CancellationTokenSource();
        byte[] bytes = [];
        var seen = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => SeedTraining.Train(Set(), Shape, Options, Seeds, 2, null, (_, take) =>
        {
            if (++seen == callbacks)
            {
                bytes = take().ToBytes();
                source.Cancel();
            }
        }, source.Token));
        Assert.Equal(callbacks, seen);

        var checkpoint = SeedCheckpoint.FromBytes(bytes);
        Assert.Equal(callbacks, checkpoint.Epochs);
        var left = 0;
        var resumed = SeedTraining.Train(Set(), Shape, Options, Seeds, 2, checkpoint, (_, _) => left++, CancellationToken.None);
        Assert.Equal((Seeds.Length * Options.Epochs) - callbacks, left);
        Assert.Equal(unbroken.Outcomes.Select(o => o.WeightsHash), resumed.Outcomes.Select(o => o.WeightsHash));
        Assert.All(unbroken.Outcomes.Zip(resumed.Outcomes), p => Assert.Equal(p.First.History, p.Second.History));
    }

    [Fact]
    public void Train_CheckpointsTaken_StayAsTheyWereWhileTrainingGoesOn()
    {
        var taken = new List<(SeedCheckpoint Checkpoint, byte[] Bytes)>();
        SeedTraining.Train(Set(), Shape, Options, Seeds, 2, null, (_, take) =>
        {
            var checkpoint = take();
            taken.Add((checkpoint, checkpoint.ToBytes()));
        }, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, Seeds.Length * Options.Epochs), taken.Select(t => t.Checkpoint.Epochs));
        Assert.All(taken, t => Assert.Equal(t.Bytes, t.Checkpoint.ToBytes()));
    }

    [Fact]
    public void Train_SeedThatFails_StopsTheOthersWithItsReason()
    {
        var error = Assert.Throws<FormatException>(() => SeedTraining.Train(Set(), Shape, Options with { Epochs = 100_000 }, Seeds, 2, null, (epoch, _) =>
        {
            if (epoch.Index == 1)
            {
                throw new FormatException("from the callback");
            }
        }, CancellationToken.None));
        Assert.Equal("from the callback", error.Message);
    }

    [Fact]
    public void Train_SeedsOrCheckpointThatDoNotFit_AreRefusedWithTheReason()
    {
        SeedCheckpoint? last = null;
        SeedTraining.Train(Set(), Shape, Options, [1, 2], 2, null, (_, take) => last = take(), CancellationToken.None);
        AssertRefused("holds the seeds 1, 2", () => SeedTraining.Train(Set(), Shape, Options, [2, 1], 2, last, null, CancellationToken.None));
        AssertRefused("7 more than once", () => SeedTraining.Train(Set(), Shape, Options, [7, 8, 7], 2, null, null, CancellationToken.None));
        AssertRefused("has 0 seeds", () => SeedTraining.Train(Set(), Shape, Options, [], 2, null, null, CancellationToken.None));
        AssertRefused("training.epochs is 0", () => SeedTraining.Train(Set(), Shape, Options with { Epochs = 0 }, [1, 2], 2, null, null, CancellationToken.None));
        var bytes = last!.ToBytes();
        bytes[^1] ^= 1;
        AssertRefused("damaged", () => SeedCheckpoint.FromBytes(bytes));
        AssertRefused("format is KTRAIN2", () => SeedCheckpoint.FromBytes(last.Checkpoints[0]!.ToBytes()));

        static void AssertRefused(string part, Func<object> action)
            => Assert.Contains(part, Assert.Throws<InvalidInputException>(action).Message, StringComparison.Ordinal);
    }

    /// <summary>Gaussian features whose class follows from the first; the last fifth validates.</summary>
    private static TrainingSet Set()
    {
        var generator = new Generator(3, "rows");
        var features = Enumerable.Range(0, 300 * 4).Select(_ => (float)generator.NextGaussian()).ToArray();
        var classes = Enumerable.Range(0, 300).Select(r => features[r * 4] > 0.5f ? 0 : features[r * 4] < -0.5f ? 2 : 1).ToArray();
        return new TrainingSet(features, 4, classes, null, [.. Enumerable.Range(10, 230)], [.. Enumerable.Range(240, 60)]);
    }
}
