using System.Text.Json.Nodes;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class StrategyMigrationTests
{
    private const string Old = """
        # A strategy as people keep them
        name: old_one
        description: umlauts äöü and 🚀 stay   # this comment too
        version: "3.0"
        scope: universal   # never read

        training_data:
          symbols:
            mode: single
            symbol: EURUSD
          timeframes: {mode: single, timeframe: 1h}
          history_required: 200

        indicators:
          # the trend
          trend: {type: macd, fast: 12, slow: 26, signal: 9}
          coil:
            type: squeezeintensity
            period: 24      # both channels
            kc_multiplier: 1.6
        fuzzy_sets:
          push: {indicator: trend.histogram, down: [-0.01, -0.005, 0.001], up: [-0.001, 0.005, 0.01]}
          tight: {indicator: coil, loose: [-0.01, 0.05, 0.2], tight: [0.12, 0.35, 1.0]}
        nn_inputs:
          - {fuzzy_set: push, timeframes: all}
          - {fuzzy_set: tight, timeframes: all}
        model:
          type: mlp
          architecture: {hidden_layers: [16], dropout: 0.1, output_activation: softmax}
          features:
            lookback_periods: 3
            scale_features: true
          training:
            epochs: 40
            learning_rate: 0.002
        decisions:
          output_format: classification
          num_classes: 3
          filters: {volume_filter: false, min_signal_separation: 4}
        training:
          method: supervised
          epochs: 50
          labels:
            source: triple_barrier
            profit_target_atr: 2.0   # in volatilities
            stop_loss_atr: 1.5
            max_holding_bars: 24
            label_lookahead: 20
        """;

    [Fact]
    public void Of_AnOldDocument_MendsItAndKeepsTheRest()
    {
        var result = StrategyMigration.Of(Old);

        Assert.Empty(result.Problems.Select(p => p.Message));
        Assert.NotNull(result.Text);
        var document = StrategyReader.Parse(result.Text);
        Assert.Equal("3.1", document.Version);
        Assert.Equal(("umlauts äöü and 🚀 stay", 12, 24, 24), (document.Description, document.Indicators[0].Arguments.Int("fast_period"), document.Indicators[1].Arguments.Int("bb_period"), document.Indicators[1].Arguments.Int("kc_period")));
        Assert.Equal((2.0, 1.5, 24), (document.Training.Labels.PtMultiplier, document.Training.Labels.SlMultiplier, document.Training.Labels.MaxHoldingPeriod));
        Assert.Equal((50, 0.002), (document.Training.Epochs, document.Training.LearningRate));
        foreach (var kept in (string[])["# A strategy as people keep them", "# this comment too", "# the trend", "# both channels", "# in volatilities"])
        {
            Assert.Contains(kept, result.Text, StringComparison.Ordinal);
        }

        foreach (var gone in (string[])["scope", "fast:", "output_activation", "features", "num_classes", "volume_filter", "method", "label_lookahead", "profit_target_atr"])
        {
            Assert.DoesNotContain(gone, result.Text, StringComparison.Ordinal);
        }

        Assert.Equal(
            ["decisions.filters.volume_filter", "decisions.num_classes", "indicators.coil.period", "indicators.trend.fast", "model.architecture.output_activation", "model.features.lookback_periods", "model.training.epochs", "model.training.learning_rate", "scope", "training.labels.label_lookahead", "training.labels.max_holding_bars", "training.labels.profit_target_atr", "training.method", "version"],
            result.Changes.Select(c => c.Path).Intersect(["decisions.filters.volume_filter", "decisions.num_classes", "indicators.coil.period", "indicators.trend.fast", "model.architecture.output_activation", "model.features.lookback_periods", "model.training.epochs", "model.training.learning_rate", "scope", "training.labels.label_lookahead", "training.labels.max_holding_bars", "training.labels.profit_target_atr", "training.method", "version"]).Order(StringComparer.Ordinal));
        Assert.Equal(4, result.Changes.Single(c => c.Path == "version").Line);
    }

    [Fact]
    public void Of_ItsOwnResult_ChangesNothing()
    {
        var text = StrategyMigration.Of(Old).Text!;

        var again = StrategyMigration.Of(text);

        Assert.Equal(text, again.Text);
        Assert.Empty(again.Changes);
    }

    [Fact]
    public void Of_Json_StaysJson()
    {
        var json = YamlJson.Of(Old)!.ToJsonString();

        var result = StrategyMigration.Of(json);

        Assert.Equal("3.1", (string?)JsonNode.Parse(result.Text!)!["version"]);
        Assert.Equal(StrategyHash.Of(StrategyReader.Parse(StrategyMigration.Of(Old).Text!)), StrategyHash.Of(StrategyReader.Parse(result.Text!)));
    }

    [Fact]
    public void Of_LineEndsOfWindows_AreKept()
    {
        var result = StrategyMigration.Of(Old.ReplaceLineEndings("\r\n"));

        Assert.Equal(StrategyMigration.Of(Old).Text!.ReplaceLineEndings("\r\n"), result.Text);
    }

    [Theory]
    [InlineData("name: old\nversion: \"3.0\"\nindicators:\n- {name: RSI, feature_id: rsi_14}\nmodel: {}\n", "unsupported_version", "v1 and v2")]
    [InlineData("name: old\nversion: \"2.0\"\n", "unsupported_version", "3.0")]
    [InlineData("name: old\nversion: \"9.0\"\n", "unsupported_version", "3.0")]
    [InlineData("name: [", "invalid_yaml", "neither")]
    [InlineData("", "empty_document", "empty")]
    public void Of_WhatCannotBeMigrated_SaysSoInOneProblem(string text, string code, string said)
    {
        var result = StrategyMigration.Of(text);

        Assert.Null(result.Text);
        var problem = Assert.Single(result.Problems);
        Assert.Equal(code, problem.Code);
        Assert.Contains(said, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OtherErrors_AreReportedAndNothingIsWritten()
    {
        var result = StrategyMigration.Of(Old.Replace("epochs: 50", "epochs: none", StringComparison.Ordinal));

        Assert.Null(result.Text);
        Assert.Contains(result.Problems, p => p.Path == "training.epochs");
    }

    [Fact]
    public void Of_ADocumentWithoutVersion_AddsIt()
    {
        var result = StrategyMigration.Of(StrategyTexts.With("version: \"3.0\"\n", ""));

        Assert.Equal("3.1", StrategyReader.Parse(result.Text!).Version);
        Assert.StartsWith("name: sound\nversion: \"3.1\"\n", result.Text, StringComparison.Ordinal);
    }

    /// <summary>What is taken out of a mapping in braces takes its own brace along and no other; a part that documents need stays, empty.</summary>
    [Theory]
    [InlineData("model: {}", "model: {type: mlp, features: {a: 1}}", "model: {type: mlp}")]
    [InlineData("model: {}", "model: {features: {a: 1}}", "model: {}")]
    [InlineData("model: {}", "model: {type: mlp, features: {a: {b: {c: 1}}}, training: {epochs: 4}}", "model: {type: mlp, training: {epochs: 4}}")]
    [InlineData("decisions: {}", "decisions: {num_classes: 3}", "decisions: {}")]
    [InlineData("decisions: {}", "decisions:\n  num_classes: 3\n  filters:\n    volume_filter: true", "decisions: {}")]
    [InlineData("decisions: {}", "decisions: {confidence_threshold: 0.4, num_classes: 3, filters: {volume_filter: 1}}", "decisions: {confidence_threshold: 0.4}")]
    [InlineData("training: {}", "training: {method: [a, b]}", "training: {}")]
    [InlineData("model: {}\ndecisions: {}\ntraining: {}", "model: {training: {data_split: {train: 0.8, validation: 0.2}}}\ndecisions: {}\ntraining: {epochs: 5}", "model: {}\ndecisions: {}\ntraining: {data_split: {train: 0.8, validation: 0.2}, epochs: 5}")]
    public void Of_DeadKeysInBraces_LeavesAValidText(string piece, string old, string mended)
    {
        const string sound = "name: old\nversion: \"3.1\"\ntraining_data: {symbols: {mode: single, symbol: EURUSD}, timeframes: {mode: single, timeframe: 1h}}\nindicators: {r: {type: rsi}}\nnn_inputs: [{raw_indicator: r}]\nmodel: {}\ndecisions: {}\ntraining: {}\n";

        var result = StrategyMigration.Of(sound.Replace(piece, old, StringComparison.Ordinal));

        Assert.Equal(sound.Replace(piece, mended, StringComparison.Ordinal), result.Text);
    }
}
