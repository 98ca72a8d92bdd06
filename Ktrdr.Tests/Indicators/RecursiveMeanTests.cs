using Ktrdr.Engine.Indicators;
using Xunit;

namespace Ktrdr.Tests.Indicators;

public sealed class RecursiveMeanTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.0)]
    [InlineData(0.99)]
    public void Run_AnyLength_IsTheRecursion(double keep)
    {
        var x = Candles.Random(8, 300).Close.ToArray();
        for (var length = 0; length <= x.Length; length += length < 20 ? 1 : 70)
        {
            var (vectors, scalars) = (new double[length], new double[length]);
            var last = RecursiveMean.Run(x.AsSpan(0, length), 90.0, keep, 1.0 - keep, vectors);
            Assert.Equal(RecursiveMean.RunScalar(x.AsSpan(0, length), 90.0, keep, 1.0 - keep, scalars), last, 1e-11);
            for (var i = 0; i < length; i++)
            {
                Assert.Equal(scalars[i], vectors[i], 1e-11);
            }

            Assert.Equal(length == 0 ? 90.0 : vectors[^1], last);
        }
    }

    [Fact]
    public void Run_InPlaceAndByPrefixes_GivesTheSameBits()
    {
        var x = Candles.Random(9, 103).Close.ToArray();
        var whole = new double[x.Length];
        RecursiveMean.Run(x, 100.0, 0.9, 0.1, whole);
        for (var length = 1; length <= x.Length; length++)
        {
            var part = x[..length];
            RecursiveMean.Run(part, 100.0, 0.9, 0.1, part);
            Assert.Equal(whole[..length].Select(BitConverter.DoubleToInt64Bits), part.Select(BitConverter.DoubleToInt64Bits));
        }
    }
}
