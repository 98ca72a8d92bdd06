using System.Text.Json;
using Ktrdr.Engine;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class StrategyGridTests
{
    private static readonly StrategyDocument Base = StrategyReader.Parse(File.ReadAllText(Path.Combine(Repository.Root, "strategies", "eurusd_reversion_1h.yaml")));

    private static string Indicator => Base.Indicators[0].Id;

    [Fact]
    public void At_EveryIndex_IsADistinctDocumentWithItsValues()
    {
        var grid = new StrategyGrid(Base, [Axis($"indicators.{Indicator}.period", "7", "14", "21"), Axis("decisions.confidence_threshold", "0.4", "0.5")]);

        var variants = Enumerable.Range(0, grid.Count).Select(grid.At).ToList();

        Assert.Equal(6, variants.Select(v => StrategyHash.Of(v.Document)).Distinct().Count());
        Assert.Equal(["7", "0.4", "7", "0.5"], variants.Take(2).SelectMany(v => v.Values.Select(x => x.Value.GetRawText())));
        Assert.Equal((21, 0.5), (variants[5].Document.Indicators[0].Arguments.Int("period"), variants[5].Document.Decisions.ConfidenceThreshold));
        Assert.Equal(Base.Indicators.Skip(1), variants[5].Document.Indicators.Skip(1));
    }

    [Fact]
    public void Sample_OfAGrid_IsDistinctAndTheSameForTheSameSeed()
    {
        GridAxis[] axes = [Axis("training.epochs", [.. Enumerable.Range(1, 50).Select(i => $"{i}")]), Axis("training.batch_size", [.. Enumerable.Range(1, 50).Select(i => $"{i}")])];
        var grid = new StrategyGrid(Base, axes, sample: 40, seed: 3);

        var hashes = Enumerable.Range(0, grid.Count).Select(i => StrategyHash.Of(grid.At(i).Document)).ToList();

        Assert.Equal(40, hashes.Distinct().Count());
        Assert.Equal(hashes, Enumerable.Range(0, 40).Select(i => StrategyHash.Of(new StrategyGrid(Base, axes, 40, 3).At(i).Document)));
        Assert.NotEqual(hashes, Enumerable.Range(0, 40).Select(i => StrategyHash.Of(new StrategyGrid(Base, axes, 40, 4).At(i).Document)));
    }

    [Theory]
    [InlineData("indicators.nothing.period", "14", "indicators.nothing.period is not in the document, which has no indicators.nothing; allowed: after indicators")]
    [InlineData("training.epochs", "0", "with training.epochs = 0: training.epochs")]
    [InlineData("training.epoch", "5", "with training.epoch = 5: training.epoch")]
    [InlineData("nn_inputs[99].fuzzy_set", "\"x\"", "[99]")]
    public void At_WrongPathOrValue_NamesIt(string path, string value, string expected)
    {
        var grid = new StrategyGrid(Base, [Axis(path, value)]);

        Assert.Contains(expected, Assert.Throws<InvalidInputException>(() => grid.At(0)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training.epochs", "0")]
    [InlineData("training.epochs", "{\"a\": 1, \"a\": 2}")]
    [InlineData("fuzzy_sets.nothing", "{\"indicator\": \"x\"}")]
    [InlineData("decisions", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]")]
    [InlineData("nn_inputs[0]", "{\"fuzzy_set\": \"gone\", \"raw_indicator\": \"gone\"}")]
    public void At_WrongValue_SpeaksOfNoLine(string path, string value)
    {
        var refused = Assert.Throws<InvalidInputException>(() => new StrategyGrid(Base, [Axis(path, value)]).At(0));

        Assert.All(refused.Problems, p => Assert.Null(p.Line));
        Assert.All(refused.Problems, p => Assert.DoesNotMatch(@"\bline \d", p.Message));
    }

    [Fact]
    public void Grid_NothingToVaryOrTooMuch_IsRefused()
    {
        Assert.Throws<InvalidInputException>(() => new StrategyGrid(Base, []));
        Assert.Throws<InvalidInputException>(() => new StrategyGrid(Base, [Axis("training.epochs")]));
        Assert.Contains("decisions.confidence_threshold is given 0.5 2 times; allowed: each value once.", Assert.Throws<InvalidInputException>(() => new StrategyGrid(Base, [Axis("decisions.confidence_threshold", "0.5", "0.6", "0.5")])).Message, StringComparison.Ordinal);
        Assert.Contains("a path that changes what it does", Assert.Throws<InvalidInputException>(() => new StrategyGrid(Base, [Axis("name", "\"a\"")])).Message, StringComparison.Ordinal);
        Assert.Contains("share their bars", Assert.Throws<InvalidInputException>(() => new StrategyGrid(Base, [Axis("training_data.start_date", "\"2010-01-01\"")])).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidInputException>(() => new StrategyGrid(Base, [Axis("training.epochs", "1"), Axis("training.epochs", "2")]));
        var wide = Enumerable.Range(0, 10).Select(i => Axis($"a{i}", [.. Enumerable.Range(0, 100).Select(v => $"{v}")])).ToArray();
        Assert.Throws<InvalidInputException>(() => new StrategyGrid(Base, wide));
    }

    private static GridAxis Axis(string path, params string[] values) => new(path, [.. values.Select(v => JsonDocument.Parse(v).RootElement)]);
}
