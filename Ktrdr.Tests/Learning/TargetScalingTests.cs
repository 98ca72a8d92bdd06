using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Learning;

public sealed class TargetScalingTests
{
    [Theory]
    [InlineData(0.004f, 128)]
    [InlineData(0.5f, 1)]
    [InlineData(1f, 0.5)]
    [InlineData(0f, 1)]
    public void Fit_Targets_IsThePowerOfTwoThatBringsThemBelowOne(float size, double expected)
        => Assert.Equal(expected, TargetScaling.Fit([size, -size, size, float.NaN], [0, 1, 2]));

    [Fact]
    public void Fit_RowsOutsideTraining_DoNotCount()
        => Assert.Equal(TargetScaling.Fit([0.01f, 0.02f], [0, 1]), TargetScaling.Fit([0.01f, 0.02f, 5f, float.NaN], [0, 1]));

    [Fact]
    public void Undo_TrainedNetwork_PredictsInTheTargetsOwnUnit()
    {
        var (set, scaled, factor) = Problem();
        var trained = Trainer.Train(scaled, new MlpShape(1, [8], 1, Activation.Tanh, 0), Options(factor), null, null, CancellationToken.None);

        var outcome = TargetScaling.Undo(trained, factor);

        float[] rows = [-1, -0.5f, 0.5f, 1];
        var (before, after) = (new float[4], new float[4]);
        trained.Network.Predict(rows, 4, before);
        outcome.Network.Predict(rows, 4, after);
        Assert.Equal(before.Select(v => v / (float)factor), after);
        Assert.Equal(outcome.Network.WeightsHash(), outcome.WeightsHash);
        Assert.NotEqual(trained.WeightsHash, outcome.WeightsHash);
        Assert.Equal(trained.History[0].TrainLoss / (factor * factor), outcome.History[0].TrainLoss);
        Assert.All(rows.Zip(after), pair => Assert.InRange(pair.Second, (0.003f * pair.First) - 0.0006f, (0.003f * pair.First) + 0.0006f));
        Assert.Equal(set.TrainRows, scaled.TrainRows);
    }

    /// <summary>Returns of a third of a percent that follow the feature, with noise as large.</summary>
    private static (TrainingSet Set, TrainingSet Scaled, double Factor) Problem()
    {
        var generator = new Generator(3, "targets");
        var features = new float[4000];
        var targets = new float[features.Length];
        for (var i = 0; i < features.Length; i++)
        {
            features[i] = (float)((2 * generator.NextDouble()) - 1);
            targets[i] = (float)(0.003 * (features[i] + generator.NextGaussian()));
        }

        int[] train = [.. Enumerable.Range(0, 3000)];
        int[] validation = [.. Enumerable.Range(3000, 1000)];
        var factor = TargetScaling.Fit(targets, train);
        return (new TrainingSet(features, 1, targets, null, train, validation), new TrainingSet(features, 1, TargetScaling.Apply(targets, factor), null, train, validation), factor);
    }

    private static TrainerOptions Options(double factor) => TargetScaling.Apply(
        new TrainerOptions { Epochs = 6, BatchSize = 64, LearningRate = 0.002, Loss = Loss.Huber, HuberDelta = 0.01, GradientClip = 1, BalanceClasses = false, Seed = 5 }, factor);
}
