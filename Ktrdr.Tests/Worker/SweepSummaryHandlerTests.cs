using System.Text.Json;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Worker.Statistics;
using Ktrdr.Worker.Sweeps;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class SweepSummaryHandlerTests
{
    private static readonly DateOnly FirstDay = new(2020, 1, 1);

    private static readonly SweepRequest Asked = new()
    {
        Strategy = "s",
        Dataset = "dataset",
        Parameters = [new SweepParameter("period", [Json("7"), Json("14"), Json("21")]), new SweepParameter("threshold", [Json("0.3"), Json("0.4")])],
    };

    [Fact]
    public void Summarise_BestOnAPlateau_SaysThatItsNeighboursGain()
    {
        var result = Summarise(0.002, 0.001, 0.0015, 0.001, 0.0005, 0.0005);

        Assert.Equal((0, "unproven"), (result.Best, result.Verdict));
        var best = result.Leaders[0];
        Assert.Equal(["period = 14", "threshold = 0.4"], best.Stability.Select(s => s.Name));
        Assert.All(best.Stability, s => Assert.True(s is { Kind: "neighbour", Sharpe: > 0, Return: > 0 }));
        Assert.True(best.StabilityScore > 0.5);
        Assert.StartsWith("Of 2 neighbours, one step of one parameter away, 2 gain", result.Reasons[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Summarise_PeakWithALosingNeighbour_IsNotStable()
    {
        // The best has three neighbours; one loses.
        var result = Summarise(0.001, 0.001, 0.004, 0.001, -0.002, 0.001);

        Assert.Equal(2, result.Best);
        Assert.Equal(["period = 7", "period = 21", "threshold = 0.4"], result.Leaders[0].Stability.Select(s => s.Name));
        Assert.Equal(0.5 * 2 / 3, result.Leaders[0].StabilityScore);
        Assert.Contains("2 gain; the worst net Sharpe ratio among them is -", result.Reasons[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Summarise_NeighbourThatFailed_GainsNothingAndOneThatIsNoStrategyDoesNotCount()
    {
        var result = Summarise(0.002, 0.001, null, double.NaN, 0.001, 0.001);

        Assert.Equal(0, result.Best);
        Assert.Equal([("period = 14", null), ("threshold = 0.4", true)], result.Leaders[0].Stability.Select(s => (s.Name, s.Sharpe is { } sharpe ? sharpe > 0 : (bool?)null)));
        Assert.Equal(0.25, result.Leaders[0].StabilityScore);
        Assert.Equal(["threshold = 0.3"], result.Leaders.Single(v => v.Number == 1).Stability.Select(s => s.Name));
    }

    [Fact]
    public void Summarise_CombinationsThatComeToOneDocument_AreNoNeighbours()
    {
        // What a threshold does may not depend on it: the same strategy twice is no second opinion.
        double?[] means = [0.002, 0.001, 0.001, 0.001, 0.001, 0.001];
        SweepVariant[] variants = [.. means.Select((mean, i) => Variant(i, mean) with { StrategyHash = i <= 1 ? "same" : $"s{i}", TrialSharpe = i <= 1 ? 9 : 1 })];

        var result = SweepSummaryHandler.Summarise("s", Asked, variants, Market([Trial(0, "same", 0.002), .. Enumerable.Range(2, 4).Select(i => Trial(i, $"s{i}", 0.001))]));

        Assert.Equal(["period = 14"], result.Leaders[0].Stability.Select(s => s.Name));
    }

    [Fact]
    public void Summarise_OneVariant_SaysThatNoNeighbourWasTried()
    {
        var result = SweepSummaryHandler.Summarise("s", Asked, [Variant(4, 0.001)], Market(Trial(4, "s4", 0.001)));

        Assert.Null(result.Leaders[0].StabilityScore);
        Assert.StartsWith("None of its neighbours", result.Reasons[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Summarise_VariantsAtWhichNothingCouldBeTried_AreCountedAndTheBestOneSaysSo()
    {
        SweepVariant[] variants = [Variant(0, 0.002) with { Proof = new LookaheadProof(0, 9, 5) }, Variant(1, 0.001) with { Proof = new LookaheadProof(2, 9, 5) }, Variant(2, null)];

        var result = SweepSummaryHandler.Summarise("s", Asked, variants, Market(Trial(0, "s0", 0.002), Trial(1, "s1", 0.001), Trial(2, "s2", null)));

        Assert.Equal((0, 1), (result.Best, result.Untried));
        Assert.Contains("Nothing could be tried to see whether it knows the future.", result.Reasons);
        var tried = SweepSummaryHandler.Summarise("s", Asked, [Variant(1, 0.001) with { Proof = new LookaheadProof(2, 9, 5) }], Market(Trial(1, "s1", 0.001)));
        Assert.Equal(0, tried.Untried);
        Assert.DoesNotContain(tried.Reasons, r => r.StartsWith("Nothing could be tried", StringComparison.Ordinal));
    }

    /// <param name="means">Mean daily return by variant, the threshold moving fastest; null: the run failed; NaN: the values make no document.</param>
    private static SweepResult Summarise(params double?[] means)
    {
        SweepVariant[] variants = [.. means.Select((mean, i) => Variant(i, mean))];
        LedgerTrial[] trials = [.. means.Select((mean, i) => (mean, i)).Where(m => m.mean is not { } value || !double.IsNaN(value)).Select(m => Trial(m.i, $"s{m.i}", m.mean))];
        return SweepSummaryHandler.Summarise("s", Asked, variants, Market(trials));
    }

    private static MarketTrials Market(params LedgerTrial[] trials) => MarketTrials.Of(new CampaignTrials("head", trials, trials.Length));

    private static SweepVariant Variant(int number, double? mean) => new()
    {
        Number = number,
        Values = new Dictionary<string, JsonElement> { ["period"] = Asked.Parameters[0].Values[number / 2], ["threshold"] = Asked.Parameters[1].Values[number % 2] },
        StrategyHash = mean is { } value && double.IsNaN(value) ? null : $"s{number}",
        TrialSharpe = mean is { } m && !double.IsNaN(m) ? m * 1000 : null,
        Failure = mean is { } f && !double.IsNaN(f) ? null : "no",
    };

    private static LedgerTrial Trial(int number, string strategy, double? mean) => new()
    {
        Own = true,
        ExperimentNumber = number,
        StrategyHash = strategy,
        Dataset = "dataset",
        Window = "validation",
        Outcome = mean is null ? "failed" : "completed",
        Trades = 50,
        PackedReturns = mean is null ? null : PackedReturns.Of([.. Enumerable.Range(0, 250).Select(day => new DailyReturn(FirstDay.AddDays(day), mean.Value + (day % 2 == 0 ? 0.01 : -0.01)))]),
    };

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
