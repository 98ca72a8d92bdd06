using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class StrategyDiffTests
{
    [Fact]
    public void Of_TheSameWrittenDifferently_IsEmpty() => Assert.Empty(StrategyDiff.Of(
        StrategyReader.Parse(StrategyTexts.Sound),
        StrategyReader.Parse(StrategyTexts.With("timeframes: all", "timeframes: [1h]").Replace("type: bbands", "type: BollingerBands", StringComparison.Ordinal).Replace("epochs: 30", "epochs: 30\n  batch_size: 32", StringComparison.Ordinal))));

    [Theory]
    [InlineData("period: 14", "period: 21", "indicators.rsi_14.period", "14", "21")]
    [InlineData("hidden_layers: [16, 8]", "hidden_layers: [16]", "model.architecture.hidden_layers", "[16, 8]", "[16]")]
    [InlineData("low: [0, 20, 45]", "low: [0, 20, 46]", "fuzzy_sets.stretch.low.parameters", "[0, 20, 45]", "[0, 20, 46]")]
    [InlineData("normalization: zscore", "normalization: minmax", "nn_inputs[1].normalization", "zscore", "minmax")]
    [InlineData("min_signal_separation: 4", "min_signal_separation: 4 bars", "decisions.filters.min_signal_separation", "4", "\"4 bars\"")]
    public void Of_OneChange_IsOneDifference(string piece, string replacement, string path, string before, string after)
    {
        var change = Assert.Single(StrategyDiff.Of(StrategyReader.Parse(StrategyTexts.Sound), StrategyReader.Parse(StrategyTexts.With(piece, replacement))));

        Assert.Equal(new StrategyChange(path, before, after), change);
    }

    [Fact]
    public void Of_PartsAddedAndTakenAway_NamesEachValue()
    {
        var before = StrategyReader.Parse(StrategyTexts.Sound);
        var after = before with { Version = "3.1", Exits = new ExitSpec(new ExitLevel(ExitUnit.Percent, 0.02)), Inputs = [before.Inputs[0]] };

        Assert.Equal(
            [
                new("version", "\"3.0\"", "\"3.1\""), new("nn_inputs[1].raw_indicator", "bands.upper", null), new("nn_inputs[1].timeframes", "[\"1h\"]", null),
                new("nn_inputs[1].normalization", "zscore", null), new("exits.stop.percent", null, "2"),
            ],
            StrategyDiff.Of(before, after).Select(c => c with { Before = c.Before?.Replace("[1h]", "[\"1h\"]", StringComparison.Ordinal) }));
        Assert.Equal(5, StrategyDiff.Of(after, before).Count);
    }

    [Fact]
    public void Of_Ensembles_NamesTheRule()
    {
        var before = EnsembleReader.Parse(FullDocuments.Ensemble);
        var after = EnsembleReader.Parse(FullDocuments.Ensemble.Replace("ranging: {action: FLAT}", "ranging: {model: swing}", StringComparison.Ordinal));

        Assert.Equal([new("composition.rules.ranging.action", "FLAT", null), new("composition.rules.ranging.model", null, "swing")], StrategyDiff.Of(before, after));
    }
}
