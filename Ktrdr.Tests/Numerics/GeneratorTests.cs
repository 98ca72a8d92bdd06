using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Numerics;

public sealed class GeneratorTests
{
    [Fact]
    public void NextUInt64_FromStateOneToFour_GivesTheReferenceNumbers()
    {
        var generator = new Generator(new GeneratorState(1, 2, 3, 4));
        ulong[] expected =
        [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
            16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
        ];
        Assert.Equal(expected, Enumerable.Range(0, 10).Select(_ => generator.NextUInt64()));
    }

    [Fact]
    public void NextSplitMix_FromTheReferenceSeed_GivesTheReferenceNumbers()
    {
        var state = 1234567UL;
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        Assert.Equal(expected, Enumerable.Range(0, 5).Select(_ => Generator.NextSplitMix(ref state)));
    }

    [Fact]
    public void Constructor_OtherStreamOrSeed_GivesOtherNumbers()
    {
        var first = new Generator(1, "init").NextUInt64();
        Assert.Equal(first, new Generator(1, "init").NextUInt64());
        Assert.NotEqual(first, new Generator(1, "shuffle").NextUInt64());
        Assert.NotEqual(first, new Generator(2, "init").NextUInt64());
    }

    [Fact]
    public void State_TakenAndSet_ContinuesTheSameStream()
    {
        var generator = new Generator(3, "x");
        generator.NextGaussian();
        var copy = new Generator(generator.State);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(generator.NextUInt64(), copy.NextUInt64());
        }
    }

    [Fact]
    public void State_AllZero_IsRefused()
        => Assert.Throws<ArgumentException>(() => new Generator(default(GeneratorState)));

    [Fact]
    public void NextDouble_ManyDraws_IsUniformInTheUnitInterval()
    {
        var generator = new Generator(5, "uniform");
        var draws = Enumerable.Range(0, 100_000).Select(_ => generator.NextDouble()).ToArray();
        Assert.All(draws, x => Assert.InRange(x, 0, 1 - 1e-16));
        Assert.InRange(Reductions.Mean(draws), 0.497, 0.503);
        Assert.InRange(Reductions.Variance(draws, 1), 1 / 12.0 - 0.001, 1 / 12.0 + 0.001);
    }

    [Fact]
    public void NextGaussian_ManyDraws_HasUnitMoments()
    {
        var generator = new Generator(5, "gauss");
        var draws = Enumerable.Range(0, 200_000).Select(_ => generator.NextGaussian()).ToArray();
        Assert.InRange(Reductions.Mean(draws), -0.01, 0.01);
        Assert.InRange(Reductions.Variance(draws, 1), 0.985, 1.015);
        Assert.InRange(draws.Count(x => Math.Abs(x) > 1.959963984540054) / 200_000.0, 0.048, 0.052);
    }

    [Fact]
    public void NextInt_ThreeValues_AreEquallyLikely()
    {
        var generator = new Generator(5, "int");
        var counts = new int[3];
        for (var i = 0; i < 90_000; i++)
        {
            counts[generator.NextInt(3)]++;
        }

        Assert.All(counts, c => Assert.InRange(c, 29_300, 30_700));
        Assert.Throws<ArgumentOutOfRangeException>(() => generator.NextInt(0));
    }

    [Fact]
    public void Shuffle_ThreeElements_GivesEveryOrderEquallyOften()
    {
        var generator = new Generator(9, "shuffle");
        var orders = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < 60_000; i++)
        {
            int[] values = [0, 1, 2];
            generator.Shuffle(values);
            var key = string.Concat(values);
            orders[key] = orders.GetValueOrDefault(key) + 1;
        }

        Assert.Equal(6, orders.Count);
        Assert.All(orders.Values, c => Assert.InRange(c, 9_600, 10_400));
    }
}
