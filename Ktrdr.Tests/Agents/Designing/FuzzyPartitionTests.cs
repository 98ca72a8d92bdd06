using Ktrdr.Agents.Designing;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Agents.Designing;

public sealed class FuzzyPartitionTests
{
    [Theory]
    [InlineData(MembershipKind.Triangular)]
    [InlineData(MembershipKind.Trapezoidal)]
    [InlineData(MembershipKind.Gaussian)]
    public void Draw_AnyShapeAndCount_LeavesNoValueWithoutAWord(MembershipKind kind)
    {
        string[] words = ["a", "b", "c", "d", "e"];
        for (var seed = 0UL; seed < 50; seed++)
        {
            for (var count = 3; count <= 5; count++)
            {
                var memberships = FuzzyPartition.Draw(new Generator(seed, "test"), kind, words[..count], new ValueRange(20, 80, 0, 100, 1));
                for (var x = 0.0; x <= 100; x += 0.25)
                {
                    Assert.True(memberships.Max(m => m.Function.Evaluate(x)) > 0.3, $"{kind}, {count} words, seed {seed}: nothing says anything about {x}");
                }
            }
        }
    }
}
