using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

public sealed class DecisionFunctionTests
{
    private const int NoFill = -1;

    private static readonly DecisionSpec Classification = new() { AllowShortFromFlat = true };
    private static readonly DecisionSpec Regression = new() { OutputFormat = OutputFormat.Regression, AllowShortFromFlat = true };

    private static DecisionMoment At(int bar, PositionSide position = PositionSide.Flat, int lastFill = NoFill) =>
        new(bar, bar * Market.Hour, position, lastFill, lastFill * Market.Hour);

    private static Decision Decide(DecisionSpec spec, float[] outputs, DecisionMoment now) => new DecisionFunction(spec).Decide(outputs, now);

    [Theory]
    [InlineData(0.6f, 0.3f, 0.1f, Signal.Buy, HoldReason.None)]
    [InlineData(0.1f, 0.3f, 0.6f, Signal.Sell, HoldReason.None)]
    [InlineData(0.1f, 0.8f, 0.1f, Signal.Hold, HoldReason.Predicted)]
    [InlineData(0.49f, 0.3f, 0.21f, Signal.Hold, HoldReason.BelowConfidence)]
    [InlineData(0.5f, 0f, 0.5f, Signal.Buy, HoldReason.None)]
    [InlineData(float.NaN, 0.3f, 0.6f, Signal.Hold, HoldReason.NotFinite)]
    [InlineData(0.9f, 0.1f, float.PositiveInfinity, Signal.Hold, HoldReason.NotFinite)]
    public void Decide_Probabilities_TakesTheMostProbableAboveTheThreshold(float buy, float hold, float sell, Signal signal, HoldReason reason)
        => Assert.Equal(new Decision(signal, reason), Decide(Classification, [buy, hold, sell], At(10)));

    /// <summary>Ties, thresholds met exactly, zeros of both signs and what is not finite, in all combinations: many answers at once are those that one question after the other gets.</summary>
    [Fact]
    public void Answer_EveryCombination_IsWhatDecidingOneByOneSays()
    {
        float[] values = [0, -0f, 0.2f, 0.5f, MathF.BitDecrement(0.5f), MathF.BitIncrement(0.5f), 0.9f, -1, float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        float[] rows = [.. from buy in values from hold in values from sell in values from value in new[] { buy, hold, sell } select value];
        foreach (var spec in new[] { Classification, Regression with { RoundTripCost = 0.2, MinEdgeMultiplier = 1 } })
        {
            var function = new DecisionFunction(spec);
            var width = function.OutputCount;
            var answers = new RawAnswer[rows.Length / width];
            function.Answer(rows, answers);
            for (var i = 0; i < answers.Length; i++)
            {
                var expected = function.Decide(rows.AsSpan(i * width, width), At(i)) switch
                {
                    { Signal: Signal.Buy } => RawAnswer.Buy,
                    { Signal: Signal.Sell } => RawAnswer.Sell,
                    { Reason: HoldReason.Predicted } => RawAnswer.Hold,
                    { Reason: HoldReason.BelowConfidence } => RawAnswer.BelowConfidence,
                    _ => RawAnswer.NotFinite,
                };
                Assert.True(expected == answers[i], $"{string.Join(' ', rows[(i * width)..((i + 1) * width)])}: {answers[i]} instead of {expected}");
            }
        }
    }

    [Fact]
    public void Decide_Logits_AreNotTakenForProbabilities()
    {
        // Softmax of these would be 0.51 for BUY. They are not probabilities, and nothing guesses that they might be logits.
        Assert.Equal(HoldReason.BelowConfidence, Decide(Classification, [0.4f, -0.3f, -0.5f], At(10)).Reason);
    }

    [Theory]
    [InlineData(SeparationUnit.Hours)]
    [InlineData(SeparationUnit.Bars)]
    public void Decide_WithinTheSeparation_Holds(SeparationUnit unit)
    {
        var spec = Classification with { MinSignalSeparation = new SignalSeparation(4, unit) };

        Assert.Equal(HoldReason.TooSoon, Decide(spec, [0.9f, 0, 0.1f], At(13, lastFill: 10)).Reason);
        Assert.Equal(Signal.Buy, Decide(spec, [0.9f, 0, 0.1f], At(14, lastFill: 10)).Signal);
    }

    [Fact]
    public void Decide_SeparationAcrossAWeekend_CountsHoursOrBarsAsAsked()
    {
        var mondayMorning = new DecisionMoment(11, 10 * Market.Hour + (2 * Market.Day), PositionSide.Flat, 10, 10 * Market.Hour);

        var hours = Classification with { MinSignalSeparation = new SignalSeparation(4, SeparationUnit.Hours) };
        var bars = Classification with { MinSignalSeparation = new SignalSeparation(4, SeparationUnit.Bars) };

        Assert.Equal(Signal.Buy, Decide(hours, [0.9f, 0, 0.1f], mondayMorning).Signal);
        Assert.Equal(HoldReason.TooSoon, Decide(bars, [0.9f, 0, 0.1f], mondayMorning).Reason);
    }

    [Fact]
    public void Decide_PositionAlreadyHeld_Holds()
    {
        Assert.Equal(HoldReason.PositionHeld, Decide(Classification, [0.9f, 0, 0.1f], At(10, PositionSide.Long)).Reason);
        Assert.Equal(HoldReason.PositionHeld, Decide(Classification, [0.1f, 0, 0.9f], At(10, PositionSide.Short)).Reason);
        Assert.Equal(Signal.Buy, Decide(Classification, [0.9f, 0, 0.1f], At(10, PositionSide.Short)).Signal);
        Assert.Equal(Signal.Buy, Decide(Classification with { PositionAwareness = false }, [0.9f, 0, 0.1f], At(10, PositionSide.Long)).Signal);
    }

    [Fact]
    public void Decide_ShortsOff_SellsOnlyWhatIsHeld()
    {
        var spec = Classification with { AllowShortFromFlat = false };

        Assert.Equal(HoldReason.ShortsOff, Decide(spec, [0.1f, 0, 0.9f], At(10)).Reason);
        Assert.Equal(Signal.Sell, Decide(spec, [0.1f, 0, 0.9f], At(10, PositionSide.Long)).Signal);
    }

    [Fact]
    public void Decide_SeveralFilters_ReportsTheFirstInOrder()
    {
        var spec = Classification with { AllowShortFromFlat = false };

        Assert.Equal(HoldReason.BelowConfidence, Decide(spec, [0.1f, 0.45f, 0.46f], At(11, PositionSide.Short, lastFill: 10)).Reason);
        Assert.Equal(HoldReason.TooSoon, Decide(spec, [0.1f, 0, 0.9f], At(11, PositionSide.Short, lastFill: 10)).Reason);
        Assert.Equal(HoldReason.PositionHeld, Decide(spec, [0.1f, 0, 0.9f], At(20, PositionSide.Short, lastFill: 10)).Reason);
    }

    [Theory]
    [InlineData(0.0046f, Signal.Buy, HoldReason.None)]
    [InlineData(-0.0046f, Signal.Sell, HoldReason.None)]
    [InlineData(0.0044f, Signal.Hold, HoldReason.Predicted)]
    [InlineData(-0.0044f, Signal.Hold, HoldReason.Predicted)]
    [InlineData(float.NaN, Signal.Hold, HoldReason.NotFinite)]
    public void Decide_PredictedReturn_MustExceedTheCostsByTheMultiplier(float predicted, Signal signal, HoldReason reason)
        => Assert.Equal(new Decision(signal, reason), Decide(Regression, [predicted], At(10)));

    [Fact]
    public void Confidence_PredictedReturn_IsFullAtThreeThresholds()
    {
        var function = new DecisionFunction(Regression);

        Assert.Equal(1, function.Confidence([-0.02f]));
        Assert.Equal(0.00675f / (3 * 0.0045), function.Confidence([0.00675f])!.Value, 1e-12);
        Assert.Null(function.Confidence([float.NaN]));
    }

    [Fact]
    public void ModelDecisions_RowNotReady_IsNeverTraded()
    {
        var bars = Market.Random(1, 6);
        float[] outputs = [.. Enumerable.Repeat(new[] { 0.9f, 0.05f, 0.05f }, 6).SelectMany(p => p)];
        var decisions = new ModelDecisions(new DecisionFunction(Classification), outputs, [false, false, false, true, true, true]);

        var result = Backtester.Run(bars, 0, 6, decisions, new BacktestOptions());

        var trade = Assert.Single(result.Trades);
        Assert.Equal(4, trade.EntryBar);
        Assert.Equal((3, 0.9f), (trade.EntryReason.DecisionBar, (float)trade.EntryReason.Confidence!.Value));
        Assert.Equal([0.9f, 0.05f, 0.05f], trade.EntryReason.Outputs);
        Assert.Equal((1L, 3L, 2L), (result.Decisions.Buy, result.Decisions.NotReady, result.Decisions.TooSoon));
    }

    [Fact]
    public void ModelDecisions_WrongNumberOfOutputs_SaysHowManyAreNeeded()
    {
        var error = Assert.Throws<InvalidInputException>(() => new ModelDecisions(new DecisionFunction(Classification), new float[5], new bool[2]));

        Assert.Contains("3 per bar", error.Message, StringComparison.Ordinal);
    }
}
