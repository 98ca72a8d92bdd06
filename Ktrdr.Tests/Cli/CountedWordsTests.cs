using Ktrdr.Cli.Commands;
using Ktrdr.Cli.Rendering;
using Ktrdr.Engine;
using Xunit;

namespace Ktrdr.Tests.Cli;

/// <summary>Numbers of things in sentences, and figures that nobody can compute.</summary>
public sealed class CountedWordsTests
{
    [Theory]
    [InlineData(0, "0 trades")]
    [InlineData(1, "1 trade")]
    [InlineData(2, "2 trades")]
    [InlineData(74_439, "74,439 trades")]
    public void Counted_AnyNumber_IsOneOrMany(long count, string text) => Assert.Equal(text, Words.Counted(count, "trade"));

    [Fact]
    public void Counted_InTheEngine_HasItsOwnPluralWhereThereIsOne()
    {
        Assert.Equal(["1 bar", "0 bars", "74439 bars"], new long[] { 1, 0, 74_439 }.Select(n => Counted.Of(n, "bar")));
        Assert.Equal(["1 stretch", "2 stretches"], new long[] { 1, 2 }.Select(n => Counted.Of(n, "stretch", "stretches")));
    }

    [Fact]
    public void Range_NothingDefined_IsNoZero()
    {
        Assert.Equal(Words.Undefined, Words.Range([null, null]));
        Assert.Equal("-0.50 … 1.25", Words.Range([1.25, null, -0.5]));
    }

    [Theory]
    [InlineData("No fold loses.", 0.1, 0.2)]
    [InlineData("1 of 2 folds loses: what one fold loses, no other can make robust.", 0.1, -0.2)]
    [InlineData("2 of 3 folds lose: what one fold loses, no other can make robust. In 1 of 3 nothing was gained or lost: it says nothing.", -0.1, -0.2, 0.0)]
    [InlineData("No fold loses. In 1 of 2 nothing was gained or lost: it says nothing.", 0.1, 0.0)]
    [InlineData("In 2 of 2 nothing was gained or lost: they say nothing.", 0.0, 0.0)]
    public void Folds_ThatTradeNothing_AreNotSaidToLose(string text, params double[] returns) => Assert.Equal(text, TrainCommand.Folds([.. returns.Select(r => (double?)r)]));

    [Fact]
    public void Held_WhatKeptARunFromTrading_IsNamedMostFirst()
    {
        Assert.Equal(": on 120 bars its confidence is below the threshold, on 1 bar the last trade is too near", BacktestCommand.Held(new Dictionary<string, int> { ["too_soon"] = 1, ["below_confidence"] = 120, ["position_held"] = 0 }));
        Assert.Equal("", BacktestCommand.Held(new Dictionary<string, int> { ["too_soon"] = 0 }));
    }
}
