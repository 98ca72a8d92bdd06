using Ktrdr.Agents.Designing;
using Ktrdr.Contracts.Research;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Agents.Designing;

public sealed class DesignerTests
{
    [Fact]
    public void Create_SameRequest_GivesTheSameDesign()
    {
        var one = Campaign(seed: 11, count: 8);
        var two = Campaign(seed: 11, count: 8);

        Assert.Equal(one.Select(d => d.Yaml), two.Select(d => d.Yaml));
        Assert.Equal(one.Select(d => d.Rationale), two.Select(d => d.Rationale));
    }

    [Fact]
    public void Create_OutcomesInAnotherOrder_GivesTheSameDesign()
    {
        var outcomes = Campaign(seed: 3, count: 5).Select((d, i) => DesignRequestExample.OutcomeOf(d, i + 1, i - 2.5)).ToArray();

        var sorted = Designer.Create(DesignRequestExample.Of(3, 7, outcomes: outcomes));
        var reversed = Designer.Create(DesignRequestExample.Of(3, 7, outcomes: [.. outcomes.Reverse()]));

        Assert.Equal(sorted.Yaml, reversed.Yaml);
    }

    [Theory]
    [InlineData("EURUSD", "1h")]
    [InlineData("XAUUSD", "1h")]
    [InlineData("SPY", "1d")]
    [InlineData("SYNTH", "15m")]
    public void Create_TwoHundredSeeds_PassTheGrammarWithoutAWord(string symbol, string timeframe)
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var design = Designer.Create(DesignRequestExample.Of(seed, symbol: symbol, timeframe: timeframe));

            var reading = StrategyReader.Read(design.Yaml);
            Assert.Empty(reading.Problems.Select(p => $"seed {seed}: {p.Message}"));
            Assert.Equal(design.Hash, StrategyHash.Of(reading.Document!));
            Assert.Equal(symbol, reading.Document!.TrainingData.Symbol);
            Assert.Equal(design.Blocks, DesignBlocks.Of(reading.Document!));
        }
    }

    [Fact]
    public void Create_TwoHundredSeeds_AreDistinct()
    {
        var designs = Enumerable.Range(1, 200).Select(seed => Designer.Create(DesignRequestExample.Of(seed))).ToArray();
        var profiles = designs.Select(d => Novelty.Of(d.Document)).ToArray();
        var nearDuplicates = 0;
        for (var i = 0; i < profiles.Length; i++)
        {
            nearDuplicates += profiles.Take(i).Any(p => Novelty.Distance(p, profiles[i]) < Novelty.LeastDistance) ? 1 : 0;
        }

        Assert.Equal(designs.Length, designs.Select(d => d.Hash).Distinct().Count());
        Assert.InRange(nearDuplicates, 0, 10);
        Assert.All(IndicatorFamily.All, family => Assert.InRange(designs.Count(d => d.Blocks.Contains($"indicator:{family.Name}")), 10, 150));
        Assert.All<string>(["label:forward_return", "label:triple_barrier", "membership:gaussian", "horizon:short", "horizon:long"], block => Assert.InRange(designs.Count(d => d.Blocks.Contains(block)), 30, 170));
    }

    [Fact]
    public void Create_WithOutcomes_IsNoNearDuplicateOfThem()
    {
        var designs = Campaign(seed: 5, count: 40);
        var profiles = designs.Select(d => Novelty.Of(d.Document)).ToArray();

        for (var i = 0; i < profiles.Length; i++)
        {
            Assert.All(profiles.Take(i), earlier => Assert.True(Novelty.Distance(earlier, profiles[i]) >= Novelty.LeastDistance));
        }
    }

    [Fact]
    public void Create_ABlockThatEarns_ComesUpMoreOften()
    {
        const string planted = "indicator:adx";
        var without = ShareOf(planted, seed => Campaign(seed, 24, _ => 0).Skip(12));
        var with = ShareOf(planted, seed => Campaign(seed, 24, d => d.Blocks.Contains(planted) ? 3 : -1).Skip(12));

        Assert.True(with > without + 0.25, $"share of {planted}: {with} with the planted edge, {without} without");

        static double ShareOf(string block, Func<long, IEnumerable<Design>> designs) => Enumerable.Range(1, 6).SelectMany(seed => designs(seed)).Average(d => d.Blocks.Contains(block) ? 1.0 : 0.0);
    }

    [Fact]
    public void Create_LaterInACampaign_VariesEarlierDesigns()
    {
        var rationales = Campaign(seed: 9, count: 30).Select(d => d.Rationale).ToArray();

        Assert.Contains(rationales, r => r.StartsWith("Mutated from", StringComparison.Ordinal));
        Assert.Contains(rationales, r => r.StartsWith("Crossed from", StringComparison.Ordinal));
        Assert.StartsWith("Drawn by Thompson sampling", rationales[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Create_Design_IsNamedAfterWhatItIs()
    {
        var design = Designer.Create(DesignRequestExample.Of(4, number: 3));

        Assert.Contains("_e3_", design.Document.Name, StringComparison.Ordinal);
        Assert.EndsWith(design.Hash[..6], design.Document.Name, StringComparison.Ordinal);
        Assert.StartsWith("On EURUSD 1h, ", design.Hypothesis, StringComparison.Ordinal);
        Assert.Contains("0.020 % that a round trip costs", design.Hypothesis, StringComparison.Ordinal);
        Assert.Contains($"{design.Document.Training.Labels.LongestLookAhead} bars", design.Hypothesis, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_Inputs_AreWordsForBoundedIndicatorsAndScoresForTheRest()
    {
        foreach (var design in Enumerable.Range(1, 100).Select(seed => Designer.Create(DesignRequestExample.Of(seed)).Document))
        {
            Assert.All(design.FuzzySets, set => Assert.Contains(set.Indicator.Id, (string[])["rsi", "stochastic", "adx", "roc"]));
            Assert.All(design.Inputs.Where(i => i.RawIndicator is not null), i => Assert.Equal(NormalizationKind.ZScore, i.Normalization));
            Assert.All(design.Indicators, i => Assert.True(IndicatorCatalog.TryFind(i.Type, out _)));
        }
    }

    [Fact]
    public void Create_AGainThatWasRejected_IsNeitherEvidenceForItsBlocksNorAParent()
    {
        var design = Designer.Create(DesignRequestExample.Of(1));
        var lucky = DesignRequestExample.OutcomeOf(design, 1, 1.4) with { Verdict = "rejected" };

        var earlier = EarlierDesigns.Of(DesignRequestExample.Of(1, 3, outcomes: lucky));

        Assert.Empty(earlier.Parents);
        Assert.Null(earlier.Evidence.Single().TStatistic);
        Assert.Equal(1.4, EarlierDesigns.Of(DesignRequestExample.Of(1, 3, outcomes: lucky with { Verdict = "unproven" })).Evidence.Single().TStatistic);
    }

    [Fact]
    public void Create_MemoryOfAnotherSymbol_TeachesBlocksButIsNoParent()
    {
        var foreign = Designer.Create(DesignRequestExample.Of(1, symbol: "XAUUSD"));
        var lesson = new Lesson
        {
            ExperimentId = "x",
            MemoryScope = "s",
            Claim = "c",
            Relation = "supports",
            Blocks = foreign.Blocks,
            TStatistic = 2,
            StrategyHash = foreign.Hash,
            Document = foreign.Yaml,
        };
        var request = DesignRequestExample.Of(1) with { Memory = new MemorySnapshot([lesson]) };

        var earlier = EarlierDesigns.Of(request);

        Assert.Empty(earlier.Parents);
        Assert.Single(earlier.Evidence);
        Assert.Equal(1, earlier.Count);
    }

    /// <summary>Designs of a campaign with lag 1.</summary>
    private static List<Design> Campaign(long seed, int count, Func<Design, double?>? tStatisticOf = null)
    {
        var designs = new List<Design>();
        var outcomes = new List<ExperimentOutcome>();
        for (var number = 1; number <= count; number++)
        {
            var design = Designer.Create(DesignRequestExample.Of(seed, number, outcomes: [.. outcomes]));
            designs.Add(design);
            outcomes.Add(DesignRequestExample.OutcomeOf(design, number, tStatisticOf is null ? (number % 5) - 2.0 : tStatisticOf(design)));
        }

        return designs;
    }
}
