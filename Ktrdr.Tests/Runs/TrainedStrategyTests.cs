using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Runs;
using Xunit;

namespace Ktrdr.Tests.Runs;

public sealed class TrainedStrategyTests
{
    [Theory]
    [InlineData(new[] { 0.7 }, 0)]
    [InlineData(new[] { 0.5, 0.9, 0.7 }, 2)]
    [InlineData(new[] { 0.9, 0.5, 0.6, 0.8 }, 2)]
    [InlineData(new[] { 0.5, 0.7, 0.7, 0.7, 0.9 }, 2)]
    [InlineData(new[] { double.NaN, double.NaN, double.NaN }, 1)]
    public void Primary_Losses_IsTheSeedOfTheMedianTheLowerOfTwo(double[] losses, int expected)
    {
        var network = Network.Initialize(new MlpShape(3, [4], 3, Activation.Relu, 0), 1);
        var trained = new TrainedStrategy(
            RunDocuments.Parse(RunDocuments.Reversion), Normalization.None, [.. losses.Select((loss, i) => new TrainedSeed((ulong)i, network, double.IsNaN(loss) ? null : loss))]);
        Assert.Equal(expected, trained.Primary);
        Assert.Same(trained.Seeds[expected], trained.PrimarySeed);
    }
}
