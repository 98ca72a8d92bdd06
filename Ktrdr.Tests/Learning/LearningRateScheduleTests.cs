using Ktrdr.Engine;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Learning;

public sealed class LearningRateScheduleTests
{
    private static readonly MlpShape Shape = new(4, [6], 2, Activation.Tanh, 0.1f);

    [Fact]
    public void Factor_Step_FallsAfterEverySizeEpochs()
        => AssertRates(new StepSchedule(3, 0.5), [1, 1, 1, 0.5, 0.5, 0.5, 0.25]);

    [Fact]
    public void Factor_Exponential_FallsEveryEpoch()
        => AssertRates(new ExponentialSchedule(0.9), [1, 0.9, 0.81, 0.729, 0.6561, 0.59049, 0.531441]);

    [Fact]
    public void Factor_Cosine_FallsTowardsZero()
        => AssertRates(new CosineSchedule(), [.. Enumerable.Range(0, 7).Select(e => 0.5 * (1 + Math.Cos(Math.PI * e / 7)))]);

    [Fact]
    public void After_LossesOfAPlateau_ReduceOnceTheyOutlastPatience()
    {
        // As torch.optim.lr_scheduler.ReduceLROnPlateau(factor=0.5, patience=2): the third bad epoch reduces, and counting starts anew.
        var schedule = new PlateauSchedule(0.5, 2);
        var plateau = Plateau.Start;
        var factors = new List<double>();
        foreach (var loss in (double[])[1, 0.9, 0.95, 0.89999, 0.91, 0.92, 0.93, 0.94, 0.5])
        {
            plateau = schedule.After(plateau, loss);
            factors.Add(schedule.Factor(0, 100, plateau));
        }

        Assert.Equal([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25], factors);
    }

    [Theory]
    [InlineData("step")]
    [InlineData("exponential")]
    [InlineData("plateau")]
    [InlineData("cosine")]
    public void Train_ResumedUnderASchedule_EqualsTheUnbrokenRun(string kind)
    {
        LearningRateSchedule schedule = kind switch
        {
            "step" => new StepSchedule(2, 0.5),
            "exponential" => new ExponentialSchedule(0.8),
            "plateau" => new PlateauSchedule(0.5, 0),
            _ => new CosineSchedule(),
        };
        var options = Options with { Schedule = schedule, Epochs = 9, LearningRate = 0.1 };

        // Classes that nothing can be learnt about, so that the validation loss does not improve.
        var set = Set(row => row * 7 % 11 % 2);
        var checkpoints = new List<byte[]>();
        var unbroken = Trainer.Train(set, Shape, options, null, (_, take) => checkpoints.Add(take().ToBytes()), CancellationToken.None);
        Assert.True(unbroken.History.Select(h => h.LearningRate).Distinct().Count() >= 3, string.Join(" ", unbroken.History.Select(h => h.ValidationLoss)));
        foreach (var epoch in (int[])[2, 5])
        {
            var resumed = Trainer.Train(set, Shape, options, TrainerCheckpoint.FromBytes(checkpoints[epoch - 1]), null, CancellationToken.None);
            Assert.Equal(unbroken.WeightsHash, resumed.WeightsHash);
            Assert.Equal(unbroken.History, resumed.History);
        }

        var constant = Trainer.Train(set, Shape, options with { Schedule = null }, null, null, CancellationToken.None);
        Assert.NotEqual(unbroken.History[^1].TrainLoss, constant.History[^1].TrainLoss);
    }

    [Fact]
    public void Train_CosineResumedWithMoreEpochs_IsRefused()
    {
        TrainerCheckpoint? last = null;
        var options = Options with { Schedule = new CosineSchedule(), Epochs = 3 };
        Trainer.Train(Set(), Shape, options, null, (_, take) => last = take(), CancellationToken.None);
        Assert.Throws<InvalidInputException>(() => Trainer.Train(Set(), Shape, options with { Epochs = 4 }, last, null, CancellationToken.None));
    }

    [Fact]
    public void Validate_ScheduleOutOfRange_NamesTheFields()
    {
        var error = Assert.Throws<InvalidInputException>(() => (Options with { Schedule = new StepSchedule(0, 2), FocalGamma = -1 }).Validate());
        Assert.Equal(["training.focal_gamma", "training.scheduler.step_size", "training.scheduler.gamma"], error.Problems.Select(p => p.Path));
        Assert.Throws<InvalidInputException>(() => (Options with { Schedule = new PlateauSchedule(0, -1) }).Validate());
    }

    [Fact]
    public void From_StrategyDocument_CarriesEverySetting()
    {
        var labels = new LabelSpec { Source = LabelSource.TripleBarrier };
        var spec = new TrainingSpec { Labels = labels, Loss = LossKind.Focal, FocalGamma = 3, Optimizer = OptimizerKind.Sgd, Schedule = new ScheduleSpec(ScheduleKind.Exponential), EarlyStopping = null };
        var options = TrainerOptions.From(spec, 7);
        Assert.Equal((Loss.Focal, 3, Optimizer.Sgd, 0, 7UL), (options.Loss, options.FocalGamma, options.Optimizer, options.Patience, options.Seed));
        Assert.Equal(new ExponentialSchedule(0.95), options.Schedule);
        Assert.Equal(new StepSchedule(30, 0.1), TrainerOptions.From(spec with { Schedule = new ScheduleSpec(ScheduleKind.Step) }, 7).Schedule);
        Assert.Equal(new PlateauSchedule(0.5, 5), TrainerOptions.From(spec with { Schedule = new ScheduleSpec(ScheduleKind.ReduceOnPlateau) }, 7).Schedule);
        Assert.Equal(new CosineSchedule(), TrainerOptions.From(spec with { Schedule = new ScheduleSpec(ScheduleKind.Cosine) }, 7).Schedule);
        foreach (var loss in Enum.GetValues<LossKind>())
        {
            Assert.Equal(loss.ToString(), TrainerOptions.From(spec with { Loss = loss }, 7).Loss.ToString());
        }
    }

    private static TrainerOptions Options => new() { Epochs = 7, BatchSize = 16, LearningRate = 0.01, Seed = 2 };

    private static void AssertRates(LearningRateSchedule schedule, double[] factors)
    {
        var outcome = Trainer.Train(Set(), Shape, Options with { Schedule = schedule }, null, null, CancellationToken.None);
        Assert.All(factors.Zip(outcome.History), p => Assert.Equal(0.01 * p.First, p.Second.LearningRate, 1e-15));
    }

    private static TrainingSet Set(Func<int, int>? classes = null)
    {
        var generator = new Generator(8, "rows");
        var features = Enumerable.Range(0, 80 * 4).Select(_ => (float)generator.NextGaussian()).ToArray();
        return new TrainingSet(features, 4, [.. Enumerable.Range(0, 80).Select(classes ?? (r => features[r * 4] > 0 ? 1 : 0))], null, [.. Enumerable.Range(0, 60)], [.. Enumerable.Range(60, 20)]);
    }
}
