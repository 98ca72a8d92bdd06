using System.Text.Json;
using Ktrdr.Engine;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class StrategyReaderTests
{
    [Fact]
    public void Read_SoundDocument_GivesItsValuesAndNoProblems()
    {
        var reading = StrategyReader.Read(StrategyTexts.Sound);

        Assert.Empty(reading.Problems);
        var document = Assert.IsType<StrategyDocument>(reading.Document);
        Assert.Equal("sound", document.Name);
        Assert.Equal("3.0", document.Version);
        Assert.Equal(new TrainingDataSpec("EURUSD", ["1h"], "1h", 100), document.TrainingData);
        Assert.Equal(["rsi_14", "bands"], document.Indicators.Select(i => i.Id));
        Assert.Equal("bollingerbands", document.Indicators[1].Type);
        Assert.Equal(20, document.Indicators[1].Arguments.Int("period"));
        var set = Assert.Single(document.FuzzySets);
        Assert.Equal(["low", "mid", "high"], set.Memberships.Select(m => m.Name));
        Assert.Equal(MembershipCatalog.Create(MembershipKind.Triangular, 0, 20, 45), set.Memberships[0].Function);
        Assert.Equal(MembershipCatalog.Create(MembershipKind.Trapezoidal, 30, 45, 55, 70), set.Memberships[1].Function);
        Assert.Equal(MembershipCatalog.Create(MembershipKind.Gaussian, 80, 12), set.Memberships[2].Function);
        Assert.Equal(new NnInput(null, new IndicatorRef("bands", "upper"), ["1h"], NormalizationKind.ZScore), document.Inputs[1]);
        Assert.Equal(new ModelSpec { HiddenLayers = [16, 8], Dropout = 0.1 }, document.Model);
        Assert.Equal(new SignalSeparation(4, SeparationUnit.Hours), document.Decisions.MinSignalSeparation);
        Assert.Equal(new EarlyStoppingSpec(5), document.Training.EarlyStopping);
        Assert.Equal(24, document.Training.Labels.MaxHoldingPeriod);
        Assert.Equal(0.15 / 0.85, document.Training.DataSplit.ValidationFraction);
    }

    [Fact]
    public void Read_Json_GivesTheSameDocumentAsYaml()
    {
        var document = StrategyReader.Parse(StrategyTexts.Sound);
        var json = StrategyWriter.Canonical(document);

        Assert.Equal(document, StrategyReader.Parse(json));
        Assert.Equal(document, StrategyReader.Parse(json.Replace(",\"", ",\n\t\t\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void FeatureNames_FollowInputTimeframeAndMembershipOrder()
    {
        var text = StrategyTexts.With("timeframes: {mode: single, timeframe: 1h}", "timeframes: {mode: multi_timeframe, list: [4h, 1h], base_timeframe: 1h}");

        var document = StrategyReader.Parse(text);

        Assert.Equal("1h", document.TrainingData.BaseTimeframe);
        Assert.Equal(
            ["4h_stretch_low", "4h_stretch_mid", "4h_stretch_high", "1h_stretch_low", "1h_stretch_mid", "1h_stretch_high", "1h_bands.upper_raw"],
            FeatureNames.Of(document));
    }

    [Fact]
    public void Parse_Mistakes_ThrowsWithAllOfThemEachOnOneLine()
    {
        var text = StrategyTexts.Sound.Replace("period: 14", "perod: 14", StringComparison.Ordinal).Replace("epochs: 30", "epochs: none", StringComparison.Ordinal);

        var thrown = Assert.Throws<InvalidInputException>(() => StrategyReader.Parse(text));

        Assert.Equal(["indicators.rsi_14.perod", "training.epochs"], thrown.Problems.Select(p => p.Path));
        Assert.All(thrown.Problems, p => Assert.DoesNotContain('\n', p.Message));
        Assert.Equal("period", thrown.Problems[0].Suggestion);
        Assert.Equal("none", thrown.Problems[1].Value);
    }

    [Theory]
    [InlineData("version: \"3.0\"", "versoin: \"3.0\"", "versoin", "version")]
    [InlineData("history_required: 100", "history_reqired: 100", "training_data.history_reqired", "history_required")]
    [InlineData("{mode: single, symbol: EURUSD}", "{mode: single, symbol: EURUSD, lst: [A]}", "training_data.symbols.lst", "list")]
    [InlineData("{mode: single, timeframe: 1h}", "{mode: single, timeframe: 1h, base_timefram: 1h}", "training_data.timeframes.base_timefram", "base_timeframe")]
    [InlineData("multiplier: 2.0", "multiplyer: 2.0", "indicators.bands.multiplyer", "multiplier")]
    [InlineData("parameters: [30, 45, 55, 70]", "parameters: [30, 45, 55, 70]\n      paramters: 1", "fuzzy_sets.stretch.mid.paramters", "parameters")]
    [InlineData("timeframes: [1h]", "timeframe: [1h]", "nn_inputs[1].timeframe", "timeframes")]
    [InlineData("type: mlp", "type: mlp\n  architectur: 1", "model.architectur", "architecture")]
    [InlineData("hidden_layers: [16, 8]", "hiden_layers: [16, 8]", "model.architecture.hiden_layers", "hidden_layers")]
    [InlineData("confidence_threshold: 0.5", "confidence_treshold: 0.5", "decisions.confidence_treshold", "confidence_threshold")]
    [InlineData("min_signal_separation: 4", "min_signal_seperation: 4", "decisions.filters.min_signal_seperation", "min_signal_separation")]
    [InlineData("epochs: 30", "epoch: 30", "training.epoch", "epochs")]
    [InlineData("max_holding_period: 24", "max_holding_perid: 24", "training.labels.max_holding_perid", "max_holding_period")]
    [InlineData("patience: 5", "patients: 5", "training.early_stopping.patients", "patience")]
    public void Read_MisspelledKey_IsAnErrorThatNamesTheRightOne(string piece, string replacement, string path, string suggestion)
    {
        var text = StrategyTexts.With(piece, replacement);

        var problem = Assert.Single(StrategyReader.Read(text).Problems);

        Assert.Equal(("unknown_key", path, suggestion, ProblemSeverity.Error), (problem.Code, problem.Path, problem.Suggestion, problem.Severity));
        var key = path[(path.LastIndexOf('.') + 1)..];
        var at = text.IndexOf(replacement, StringComparison.Ordinal) + replacement.IndexOf(key + ":", StringComparison.Ordinal);
        Assert.Equal(text[..at].Count(c => c == '\n') + 1, problem.Line);
        var lenient = StrategyReader.Read(text, lenient: true);
        Assert.NotNull(lenient.Document);
        Assert.Equal(ProblemSeverity.Warning, Assert.Single(lenient.Problems).Severity);
    }

    [Theory]
    [InlineData("epochs: 30\n  early_stopping:", "epochs: 30\n  early_stopping:\n    monitor: val_accuracy", "training.early_stopping.monitor")]
    [InlineData("{mode: single, symbol: EURUSD}", "{mode: single, selection_criteria: {asset_class: forex}}", "training_data.symbols.selection_criteria")]
    [InlineData("name: sound", "name: sound\ncontext_data: [{provider: calendar, currencies: [USD]}]", "context_data[0].provider")]
    [InlineData("name: sound", "name: sound\ncontext_data: [{provider: sentiment, broker: x}]", "context_data[0].provider")]
    [InlineData("name: sound", "name: sound\ndeployment: {target_symbols: {mode: group_restricted}}", "deployment.target_symbols.mode")]
    [InlineData("name: sound", "name: sound\ndeployment: {target_symbols: {mode: universal, restrictions: {asset_classes: [forex]}}}", "deployment.target_symbols.restrictions.asset_classes")]
    public void Read_WhatTheGrammarKnowsAndWeDoNotHave_IsANamedErrorThatSaysWhatIsAvailable(string piece, string replacement, string path)
    {
        var problem = Assert.Single(StrategyReader.Read(StrategyTexts.With(piece, replacement)).Errors);

        Assert.Equal(("not_implemented", path, ProblemSeverity.Error), (problem.Code, problem.Path, problem.Severity));
        Assert.Contains("available", problem.Message, StringComparison.Ordinal);
        Assert.NotNull(problem.Line);
    }

    [Fact]
    public void Read_JsonOfOneLine_SpeaksOfNoLineAndJsonOfManyOfTheTrueOne()
    {
        var tree = YamlJson.Of(StrategyTexts.Sound)!;
        tree["training"]!["epochs"] = 0;
        tree["decisions"]!["confidence_treshold"] = 0.5;
        var lines = tree.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

        var (one, many) = (StrategyReader.Read(" " + tree.ToJsonString() + "\n").Problems, StrategyReader.Read(lines).Problems);

        Assert.Equal(["decisions.confidence_treshold", "training.epochs"], one.Select(p => p.Path).Order(StringComparer.Ordinal));
        Assert.All(one, p => Assert.Null(p.Line));
        Assert.All(one, p => Assert.DoesNotContain("line ", p.Message, StringComparison.Ordinal));
        Assert.Equal(StrategyTexts.LineOf(lines, "confidence_treshold"), many.Single(p => p.Path == "decisions.confidence_treshold").Line);
        Assert.StartsWith($"line {StrategyTexts.LineOf(lines, "\"epochs\"")}: training.epochs", many.Single(p => p.Path == "training.epochs").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"name\": *anchor}")]
    [InlineData("{\"name\": !tag x}")]
    [InlineData("{\"name\": \"x\"")]
    [InlineData("{\"name\": \"a\", \"name\": \"b\"}")]
    [InlineData("{[1]: 2}")]
    [InlineData("{\"name\": ]")]
    [InlineData("[1, 2]")]
    public void Read_BrokenTextOfOneLine_SpeaksOfNoLine(string text)
    {
        foreach (var problem in StrategyReader.Read(text).Errors)
        {
            Assert.Null(problem.Line);
            Assert.DoesNotMatch(@"(?i)\blin?e?:? \d", problem.Message);
        }

        Assert.NotEmpty(StrategyReader.Read(text).Errors);
        Assert.Contains(StrategyReader.Read(text.Replace("{", "{\n", StringComparison.Ordinal).Replace("[1, ", "[1,\n", StringComparison.Ordinal)).Errors, p => p.Line > 0);
    }

    [Theory]
    [InlineData("type: rsi\n    period: 14", "type: macd\n    fast: 12", "indicators.rsi_14.fast", "fast_period")]
    [InlineData("type: rsi\n    period: 14", "type: macd\n    slow: 26", "indicators.rsi_14.slow", "slow_period")]
    [InlineData("type: rsi\n    period: 14", "type: macd\n    signal: 9", "indicators.rsi_14.signal", "signal_period")]
    [InlineData("max_holding_period: 24", "max_holding_bars: 24", "training.labels.max_holding_bars", "max_holding_period")]
    [InlineData("max_holding_period: 24", "profit_target_atr: 2", "training.labels.profit_target_atr", "pt_multiplier")]
    [InlineData("max_holding_period: 24", "stop_loss_atr: 2", "training.labels.stop_loss_atr", "sl_multiplier")]
    public void Read_KeyThatTheOriginalDropsSilently_IsAnErrorThatNamesTheRightKey(string piece, string replacement, string path, string right)
    {
        var problem = Assert.Single(StrategyReader.Read(StrategyTexts.With(piece, replacement)).Errors);

        Assert.Equal(("wrong_key", path, right), (problem.Code, problem.Path, problem.Suggestion));
    }

    [Theory]
    [InlineData("name: sound", "name: sound\nscope: universal", "scope")]
    [InlineData("epochs: 30", "epochs: 30\n  method: supervised", "training.method")]
    [InlineData("output_format: classification", "output_format: classification\n  num_classes: 3", "decisions.num_classes")]
    [InlineData("min_signal_separation: 4", "volume_filter: false", "decisions.filters.volume_filter")]
    [InlineData("type: mlp", "type: mlp\n  features: {lookback_periods: 2}", "model.features.lookback_periods")]
    [InlineData("max_holding_period: 24", "label_lookahead: 20", "training.labels.label_lookahead")]
    [InlineData("hidden_layers: [16, 8]", "output_activation: softmax", "model.architecture.output_activation")]
    [InlineData("name: sound", "name: sound\nbacktest: {date_range: {start: 2020-01-01}}", "backtest")]
    [InlineData("epochs: 30", "huber_delta: 0.1", "training.huber_delta")]
    [InlineData("output_format: classification", "cost_model: {round_trip_cost: 0.1}", "decisions.cost_model")]
    public void Read_KeyWithoutEffect_IsAWarningThatSaysSo(string piece, string replacement, string path)
    {
        var reading = StrategyReader.Read(StrategyTexts.With(piece, replacement));

        var problem = Assert.Single(reading.Problems);
        Assert.Equal(("no_effect", path, ProblemSeverity.Warning), (problem.Code, problem.Path, problem.Severity));
        Assert.NotNull(reading.Document);
    }

    [Fact]
    public void Read_TrainingSettingsUnderModel_ApplyUnlessTrainingHasThem()
    {
        var reading = StrategyReader.Read(StrategyTexts.With("type: mlp", "type: mlp\n  training: {epochs: 7, learning_rate: 0.01}"));

        var training = Assert.IsType<StrategyDocument>(reading.Document).Training;
        Assert.Equal((30, 0.01), (training.Epochs, training.LearningRate));
        Assert.Equal([("model.training.epochs", "no_effect"), ("model.training.learning_rate", "moved_key")], reading.Problems.Select(p => (p.Path, p.Code)));
    }

    [Theory]
    [InlineData("\"3.1\"", "costs: {commission: 0.0001, spread: 0.0002}\nsizing: {fraction: 0.5}\nseed: 18446744073709551615", 0)]
    [InlineData("\"3.0\"", "costs: {commission: 0.0001}", 1)]
    [InlineData("\"3.1\"", "sizing: {fraction: 1.5}", 1)]
    [InlineData("\"3.1\"", "sizing: {volatility_target: 0.1, fraction: 1}", 1)]
    [InlineData("\"3.1\"", "sizing: {risk_per_trade: 0.01}", 1)]
    [InlineData("\"3.1\"", "sizing: {fraction: 1, lot_size: 1000, whole_units: false}", 1)]
    [InlineData("\"3.1\"", "exits: {}", 1)]
    [InlineData("\"3.1\"", "exits: {stop: {percent: 1, atr: 2}}", 1)]
    [InlineData("\"3.1\"", "exits: {stop: 1}", 1)]
    [InlineData("\"3.1\"", "validation: {folds: 5}", 1)]
    [InlineData("\"3.1\"", "validation: {scheme: combinatorial, folds: 3, test_folds: 3}", 1)]
    [InlineData("\"3.1\"", "seeds: [1, 1]", 1)]
    [InlineData("\"3.1\"", "seeds: [1]\nseed: 1", 1)]
    [InlineData("\"3.0\"", "seeds: [1, 2]", 1)]
    [InlineData("\"3.1\"", "seed: -1", 1)]
    [InlineData("\"2.0\"", "seed: 1", 1)]
    public void Read_Additions_NeedVersion31AndTheirRanges(string version, string addition, int errors)
    {
        var reading = StrategyReader.Read(StrategyTexts.Sound.Replace("\"3.0\"", version, StringComparison.Ordinal) + "\n" + addition);

        Assert.Equal(errors, reading.Errors.Count());
        if (errors == 0)
        {
            Assert.Equal((new CostSpec(0.0001, null, 0.0002), new SizingSpec(0.5), ulong.MaxValue), (reading.Document!.Costs!, reading.Document.Sizing!, reading.Document.Seeds[0]));
        }
    }

    [Theory]
    [InlineData("[0, 20, 45]", "[0, 20, 27]", "dead_zone")]
    [InlineData("timeframes: all\n  - raw_indicator: bands.upper", "timeframes: all\n  - raw_indicator: rsi_14", "unused_indicator")]
    [InlineData("dropout: 0.1", "dropout: 0.9", "unusual_value")]
    [InlineData("confidence_threshold: 0.5", "confidence_threshold: 0.1", "unusual_value")]
    public void Read_DoubtfulContent_IsAWarning(string piece, string replacement, string code)
    {
        var reading = StrategyReader.Read(StrategyTexts.With(piece, replacement));

        var problem = Assert.Single(reading.Problems);
        Assert.Equal((code, ProblemSeverity.Warning), (problem.Code, problem.Severity));
        Assert.NotNull(problem.Line);
        Assert.NotNull(reading.Document);
    }

    [Theory]
    [InlineData("raw_indicator: bands.upper", "raw_indicator: bands.uper", "bands.upper")]
    [InlineData("raw_indicator: bands.upper", "raw_indicator: band.upper", "bands")]
    [InlineData("indicator: rsi_14\n", "indicator: rsi_14.value\n", "rsi_14")]
    public void Read_WrongReference_SuggestsTheNearest(string piece, string replacement, string suggestion)
    {
        var problem = Assert.Single(StrategyReader.Read(StrategyTexts.With(piece, replacement)).Errors);

        Assert.Equal(suggestion, problem.Suggestion);
    }

    [Fact]
    public void Read_Regression_NeedsItsCostModelAndFittingLabels()
    {
        var text = StrategyTexts.With("output_format: classification\n  confidence_threshold: 0.5", "output_format: regression");

        Assert.Equal(["decisions.cost_model", "training.labels.source"], StrategyReader.Read(text).Errors.Select(p => p.Path));
        var mended = text.Replace("output_format: regression", "output_format: regression\n  cost_model: {round_trip_cost: 0.001, min_edge_multiplier: 2}", StringComparison.Ordinal)
            .Replace("source: triple_barrier\n    max_holding_period: 24", "source: forward_return\n    horizon: 12", StringComparison.Ordinal);
        var document = StrategyReader.Parse(mended);
        Assert.Equal((LossKind.Huber, 0.0, true), (document.Training.Loss, document.Training.WeightDecay, document.Decisions.AllowShortFromFlat));
    }

    [Theory]
    [InlineData("", 10, 0)]
    [InlineData(", early_stopping: true", 10, 0)]
    [InlineData(", early_stopping: {patience: 3}", 3, 0)]
    [InlineData(", early_stopping: {min_delta: 0.002}", 10, 0.002)]
    public void Read_Regression_CountsAnyProgressUnlessToldOtherwise(string stopping, int patience, double minDelta)
    {
        var text = StrategyTexts.Sound[..StrategyTexts.Sound.IndexOf("decisions:", StringComparison.Ordinal)]
            + "decisions: {output_format: regression, cost_model: {round_trip_cost: 0.0002, min_edge_multiplier: 1}}\n"
            + $"training: {{labels: {{source: forward_return, horizon: 5}}{stopping}}}\n";

        Assert.Equal(new EarlyStoppingSpec(patience, minDelta), StrategyReader.Parse(text).Training.EarlyStopping);
    }

    [Fact]
    public void Read_OlderGrammar_SaysSoAndNothingElse()
    {
        var problem = Assert.Single(StrategyReader.Read("name: old\nversion: \"3.0\"\nindicators:\n- {name: RSI, feature_id: rsi_14}\nmodel: {}\n").Problems);

        Assert.Equal(("unsupported_version", 3), (problem.Code, problem.Line));
    }

    [Fact]
    public void Read_DuplicateKey_IsAnErrorAtTheSecond()
    {
        var text = StrategyTexts.With("epochs: 30", "epochs: 30\n  epochs: 40");

        var problem = Assert.Single(StrategyReader.Read(text).Problems);

        Assert.Equal(("duplicate_key", "training.epochs", StrategyTexts.LineOf(text, "epochs: 40")), (problem.Code, problem.Path, problem.Line));
    }
}
