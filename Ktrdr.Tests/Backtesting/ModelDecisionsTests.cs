using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>What the proofs of runs ask of a model's answers.</summary>
public sealed class ModelDecisionsTests
{
    private const int Bars = 200;
    private const int Start = 20;
    private const int Known = 120;

    private static readonly float[] Outputs = [.. Enumerable.Range(0, 3 * Bars).Select(i => i / (3f * Bars))];
    private static readonly bool[] Ready = [.. Enumerable.Range(0, Bars).Select(bar => bar % 5 != 0)];
    private static readonly ModelDecisions Decisions = new(new DecisionFunction(new DecisionSpec()), Outputs, Ready);

    [Fact]
    public void InAnotherFuture_BarsUpToTheCut_KeepTheirAnswersAndThoseAfterItHaveOthers()
    {
        var other = Decisions.InAnotherFuture(Start, Known, new Generator(1, "answers"), new float[3 * Bars], new bool[Bars]);

        Assert.All(Enumerable.Range(Start, Known - Start), bar => Assert.True(Says(other, bar), $"bar {bar}"));
        Assert.True(Enumerable.Range(Known, Bars - Known).Count(bar => !Says(other, bar)) > 40, "a model that looks at bars after the cut must have others to look at");
    }

    [Fact]
    public void Says_OtherReadinessOrBits_IsNotTheSame()
    {
        Assert.True(Says(Decisions, 1));
        Assert.False(Decisions.Says(1, isReady: false, Row(1)));
        Assert.False(Decisions.Says(1, isReady: true, Row(2)));
        Assert.True(Decisions.Says(5, isReady: false, Row(2)), "answers that are not ready are never read");
        Assert.False(Decisions.Says(5, isReady: true, Row(5)));
    }

    private static bool Says(ModelDecisions decisions, int bar) => decisions.Says(bar, Ready[bar], Row(bar));

    private static ReadOnlySpan<float> Row(int bar) => Outputs.AsSpan(3 * bar, 3);
}
