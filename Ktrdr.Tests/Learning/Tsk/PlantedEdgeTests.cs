using Ktrdr.Engine.Learning.Tsk;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.Learning.Tsk;

/// <summary>An edge that is known to be in a market is found, and can be read: among the three strongest rules one names its indicator and says the right direction.</summary>
public sealed class PlantedEdgeTests
{
    private const int Seeds = 10;
    private const int Needed = 8;
    private const int Bars = 6_000;

    [Fact]
    public void Rules_RegressionOnAPlantedMarket_NameTheEdgeInTheTopThree() =>
        AssertFound(seed => PlantedMarket.Train(PlantedMarket.Regression(5), SyntheticMarket.Planted(seed, Bars, new PlantedEdge { LookBack = 5, Strength = 0.12 }), seed), "1h_roc_5_raw");

    [Fact]
    public void Rules_ClassificationOnAPlantedMarket_NameTheEdgeInTheTopThree() =>
        AssertFound(seed => PlantedMarket.Train(PlantedMarket.Classification(), SyntheticMarket.Planted(seed, Bars, new PlantedEdge { LookBack = 5, Strength = 0.12 }), seed), "1h_roc_5_raw");

    [Fact]
    public void Rules_EdgeOfAnotherIndicator_NameThatOne() =>
        AssertFound(seed => PlantedMarket.Train(PlantedMarket.Classification(), SyntheticMarket.Planted(seed, Bars, new PlantedEdge { LookBack = 20, Strength = 0.15 }), seed), "1h_roc_20_raw");

    /// <summary>The edge is a rise after a fall: a rule about low values must say up, one about high values down.</summary>
    private static void AssertFound(Func<ulong, PlantedMarket> train, string feature)
    {
        var found = 0;
        var read = new List<string>();
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var rules = train(seed).Rules.Rules.Take(3).ToArray();
            found += rules.Any(r => r.Conditions.Any(c => c.Feature == feature && c.Around < 0 == SaysUp(r))) ? 1 : 0;
            read.AddRange(rules.Select(r => $"seed {seed}: {r.Sentence}"));
        }

        Assert.True(found >= Needed, $"found in {found} of {Seeds}:\n{string.Join('\n', read)}");
    }

    private static bool SaysUp(RuleReading rule) => rule.Output == "return" ? rule.Consequent > 0 : rule.Output == "buy";
}
