using Ktrdr.Agents.Designing;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Agents.Designing;

public sealed class BlockPosteriorsTests
{
    [Fact]
    public void Mean_AfterEvidence_IsShrunkTowardsZero()
    {
        var posteriors = new BlockPosteriors([new(["a:x", "b:y"], 3), new(["a:x"], 1), new(["b:y"], null)]);

        Assert.Equal(4.0 / 3, posteriors.Mean("a:x"), 12);
        Assert.Equal((3 + BlockPosteriors.StoppedAtGate) / 3, posteriors.Mean("b:y"), 12);
        Assert.Equal(Math.Sqrt(1.0 / 3), posteriors.StandardDeviation("a:x"), 12);
        Assert.Equal(0, posteriors.Mean("never:seen"));
        Assert.Equal(1, posteriors.StandardDeviation("never:seen"));
    }

    [Fact]
    public void Choose_PlantedGoodBlock_WinsMoreTheMoreIsKnown()
    {
        var little = ShareOfGood(new BlockPosteriors([new(["dim:good"], 2), new(["dim:bad"], -1)]));
        var much = ShareOfGood(new BlockPosteriors(Enumerable.Range(0, 20).SelectMany(_ => new BlockEvidence[] { new(["dim:good"], 2), new(["dim:bad"], -1) })));
        var nothing = ShareOfGood(new BlockPosteriors([]));

        Assert.InRange(nothing, 0.45, 0.55);
        Assert.InRange(little, 0.8, 0.99);
        Assert.InRange(much, 0.999, 1);
    }

    private static double ShareOfGood(BlockPosteriors posteriors)
    {
        var generator = new Generator(1, "test");
        return Enumerable.Range(0, 4_000).Average(_ => posteriors.Choose(generator, "dim", ["good", "bad"]) == "good" ? 1.0 : 0.0);
    }
}
