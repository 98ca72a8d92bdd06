using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

/// <summary>As many problems as mistakes, all at once, each with its place.</summary>
public sealed class MistakesTests
{
    private const string Twelve = """
        name: "twelve mistakes"
        version: "3.1"
        training_data:
          symbols: {mode: single, symbl: EURUSD}
          timeframes: {mode: multi_timeframe, list: [1h, 2h]}
        indicators:
          rsi_14: {type: rsi, period: 1000}
          osc: {type: stochastik, k_period: 5}
          trend: {type: macd, fast: 12}
        fuzzy_sets:
          stretch:
            indicator: rsi_15
            low: {type: trapezoidal, parameters: [40, 20, 0, 50]}
          heat:
            indicator: osc
            hot: [50, 80, 100]
        nn_inputs:
          - {fuzzy_set: strech, timeframes: all}
          - {fuzzy_set: heat, timeframes: all}
          - {raw_indicator: trend.histogram, timeframes: [1h]}
        model:
          type: lstm
          architecture: {hidden_size: 16}
        decisions:
          output_format: classification
          confidence_threshold: high
        training:
          labels: {source: triple_barrier, stop_loss_atr: 2}
          epochs: 60
        """;

    [Fact]
    public void Read_TwelveMistakesAtManyLevels_ReportsExactlyTwelve()
    {
        var reading = StrategyReader.Read(Twelve);

        Assert.Null(reading.Document);
        Assert.Equal(
            [
                ("name", 1, "out_of_range"),
                ("training_data.symbols.symbl", 4, "unknown_key"),
                ("training_data.timeframes.list[1]", 5, "unknown_timeframe"),
                ("indicators.rsi_14.period", 7, "invalid_parameter"),
                ("indicators.osc.type", 8, "unknown_indicator"),
                ("indicators.trend.fast", 9, "wrong_key"),
                ("fuzzy_sets.stretch.indicator", 12, "unknown_reference"),
                ("fuzzy_sets.stretch.low.parameters", 13, "out_of_range"),
                ("nn_inputs[0].fuzzy_set", 18, "unknown_reference"),
                ("model.architecture.sequence_length", 23, "missing_key"),
                ("decisions.confidence_threshold", 26, "wrong_type"),
                ("training.labels.stop_loss_atr", 28, "wrong_key"),
            ],
            reading.Problems.Select(p => (p.Path, p.Line ?? 0, p.Code)).ToArray());
        Assert.All(reading.Problems, p => Assert.Contains("allowed", p.Code == "wrong_key" ? $"allowed: {p.Allowed}" : p.Message, StringComparison.Ordinal));
    }

    /// <summary>What refers to a part that is wrong altogether is not wrong as well; what is empty is called so.</summary>
    [Theory]
    [InlineData("indicators", "null", "indicators is empty; allowed: a mapping of id to {type, parameters}.")]
    [InlineData("indicators", "[1]", "indicators is a list, as in grammar v1 and v2")]
    [InlineData("indicators", "{}", "indicators has 0 entries; allowed: 1 to 200.")]
    [InlineData("fuzzy_sets", "{}", "fuzzy_sets has 0 entries; allowed: 1 to 500.")]
    [InlineData("fuzzy_sets", "x", "fuzzy_sets is text (x); allowed: a mapping.")]
    [InlineData("context_data", "[1]", "context_data[0] is a whole number (1); allowed: a mapping")]
    [InlineData("exits", "x", "exits is text (x); allowed: a mapping.")]
    [InlineData("exits", "{}", "exits has no exit; allowed: stop, target, trailing, time_bars.")]
    [InlineData("name", "''", "name is empty text; allowed: letters, digits")]
    [InlineData("name", "' '", "name is blank text; allowed: letters, digits")]
    [InlineData("name", "null", "name is empty; allowed: letters, digits")]
    [InlineData("training", "{optimizer: ''}", "training.optimizer is empty text; allowed: adam")]
    [InlineData("seed", "-1", "seed is -1; allowed: a whole number")]
    [InlineData("model", "{architecture: {hidden_layers: [0]}}", "model.architecture.hidden_layers[0] is 0; allowed: a whole number, 1 to 1024.")]
    public void Read_OneMistakeInAWholePart_IsOneProblem(string key, string value, string message)
    {
        var lines = """
            name: one
            version: "3.1"
            training_data: {symbols: {mode: single, symbol: EURUSD}, timeframes: {mode: single, timeframe: 1h}}
            context_data: [{provider: ib, symbol: SPY, timeframe: 1d}]
            indicators: {rsi: {type: rsi}, spy: {type: roc, data_source: SPY}}
            fuzzy_sets: {low: {indicator: rsi, low: [0, 25, 100]}}
            nn_inputs: [{fuzzy_set: low}, {raw_indicator: spy}]
            model: {}
            decisions: {}
            training: {}
            exits: {stop: {atr: 2}}
            sizing: {risk_per_trade: 0.01}
            seed: 1
            """.ReplaceLineEndings("\n").Split('\n').Where(line => line.Length > 0).Select(line => line.StartsWith($"{key}:", StringComparison.Ordinal) ? $"{key}: {value}" : line);

        var problem = Assert.Single(StrategyReader.Read(string.Join('\n', lines)).Errors);

        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NoFuzzySetsWhereInputsNameSome_IsOneProblem() =>
        Assert.Equal("missing_key", Assert.Single(StrategyReader.Read(StrategyTexts.Sound[..StrategyTexts.Sound.IndexOf("fuzzy_sets:", StringComparison.Ordinal)] + StrategyTexts.Sound[StrategyTexts.Sound.IndexOf("nn_inputs:", StringComparison.Ordinal)..]).Errors).Code);

    [Theory]
    [InlineData("type: gru", "type: [gru]", "model.type")]
    [InlineData("sequence_length: 24", "sequence_length: 1", "model.architecture.sequence_length")]
    [InlineData("sequence_length: 24, ", "", "model.architecture.sequence_length")]
    [InlineData("[4h], normalization: zscore", "[1d], normalization: zscore", "nn_inputs[2].timeframes[0]")]
    [InlineData("data_source: USDCAD", "data_source: USDCDA", "indicators.cad.data_source")]
    [InlineData("provider: cftc_cot", "provider: cftc", "context_data[2].provider")]
    [InlineData("report: AUD}", "symbol: AUD}", "context_data[2].report")]
    [InlineData("cold: [0, 15, 40]", "cold: [0, 15]", "fuzzy_sets.osc_state.cold")]
    [InlineData("gamma: 0.3", "gamma: 0", "training.lr_scheduler.gamma")]
    [InlineData("type: step", "type: stairs", "training.lr_scheduler.type")]
    [InlineData("focal_gamma: 1.5", "focal_gamma: -1", "training.focal_gamma")]
    [InlineData("vol_method: log_return", "vol_method: garch", "training.labels.vol_method")]
    [InlineData("source: triple_barrier", "source: regime", "training.labels.source")]
    [InlineData("loss: focal", "loss: huber", "training.loss")]
    [InlineData("validation: 0.2, test: 0", "validation: 0.3, test: 0", "training.data_split")]
    [InlineData("start_date: 2015-01-01", "start_date: 2021-01-01", "training_data.end_date")]
    [InlineData("start_date: 2015-01-01", "start_date: 01.01.2015", "training_data.start_date")]
    [InlineData("target: {percent: 3}", "target: {percent: 0}", "exits.target.percent")]
    [InlineData("stop: {atr: 2.5}, ", "", "sizing.risk_per_trade")]
    [InlineData("financing: 0.00003", "financing: 3", "costs.financing")]
    [InlineData("commission: 0.0001", "commission: 3", "costs.commission")]
    [InlineData("spread: 0.0002", "spread: little", "costs.spread")]
    [InlineData("slippage: 0.0001", "slippage: -1", "costs.slippage")]
    [InlineData("- {provider: cftc_cot, report: AUD}", "- {provider: fred, series: [DGS5, DGS30]}\n  - {provider: cftc_cot, report: AUD}", "context_data[2]")]
    [InlineData("- {raw_indicator: curve,", "- {fuzzy_set: osc_state, timeframes: all}\n  - {raw_indicator: curve,", "nn_inputs[2]")]
    [InlineData("test_folds: 3", "test_folds: 8", "validation.test_folds")]
    [InlineData("seeds: [3, 5,", "seeds: [3, -5,", "seeds[1]")]
    [InlineData("list: [AUDUSD, NZDUSD]", "list: [AUDUSD, AUDUSD]", "training_data.symbols.list")]
    [InlineData("mode: multi_symbol", "mode: many", "training_data.symbols.mode")]
    [InlineData("alignment: forward_fill", "alignment: backfill", "context_data[0].alignment")]
    [InlineData("filters: {min_signal_separation: 6}", "filters: {min_signal_separation: 6 days}", "decisions.filters.min_signal_separation")]
    [InlineData("restore_best: true", "restore_best: no", "training.early_stopping.restore_best")]
    [InlineData("whole_units: true", "whole_units: false", "sizing.lot_size")]
    public void Read_OneMistake_IsOneErrorAtItsPlace(string piece, string replacement, string path)
    {
        Assert.Contains(piece, FullDocuments.Recurrent, StringComparison.Ordinal);

        var error = Assert.Single(StrategyReader.Read(FullDocuments.Recurrent.Replace(piece, replacement, StringComparison.Ordinal)).Errors);

        Assert.Equal(path, error.Path);
        Assert.NotNull(error.Line);
        Assert.NotNull(error.Allowed);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("symbols: [EURUSD, GBPUSD]", "symbos: [EURUSD, GBPUSD]", "training_data.symbols.symbos")]
    [InlineData("symbols: [EURUSD, GBPUSD]", "symbosl: [EURUSD, GBPUSD]", "training_data.symbols.symbosl")]
    [InlineData("timeframes: {mode: single, timeframe: 4h}", "timeframes: {mode: multi_timeframe, timeframs: [1h, 4h]}", "training_data.timeframes.timeframs")]
    public void Read_SlipBetweenOneAndSeveral_IsOneError(string piece, string replacement, string path)
        => Assert.Equal(path, Assert.Single(StrategyReader.Read(FullDocuments.Regime.Replace(piece, replacement, StringComparison.Ordinal)).Errors).Path);

    [Fact]
    public void Read_Additions_InVersion30_AreOneErrorEach()
    {
        var errors = StrategyReader.Read(FullDocuments.Recurrent.Replace("\"3.1\"", "\"3.0\"", StringComparison.Ordinal)).Errors.ToList();

        Assert.All(errors, e => Assert.Equal("needs_version", e.Code));
        Assert.Equal(["context_data[1].publication_lag_hours", "costs", "decisions.allow_reversal", "exits", "seeds", "sizing", "validation"], errors.Select(e => e.Path).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["model.architecture.max_rules", "model.architecture.memberships_per_input", "model.architecture.prune_below", "model.type", "sizing", "validation"],
            StrategyReader.Read(FullDocuments.Rules.Replace("\"3.1\"", "\"3.0\"", StringComparison.Ordinal)).Errors.Select(e => e.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("on")]
    [InlineData("1")]
    public void Read_YamlOneBooleans_AreNotFlags(string word)
    {
        var error = Assert.Single(StrategyReader.Read(FullDocuments.Recurrent.Replace("position_awareness: true", $"position_awareness: {word}", StringComparison.Ordinal)).Errors);

        Assert.Equal(("decisions.position_awareness", "wrong_type", "true or false"), (error.Path, error.Code, error.Allowed));
    }

    [Fact]
    public void Read_IndicatorThatRepaints_IsRefusedAndSaysWhy()
    {
        var reading = StrategyReader.Read(StrategyTexts.With("type: rsi\n    period: 14", "type: zigzag"));

        var error = Assert.Single(reading.Errors);
        Assert.Equal("indicators.rsi_14.type", error.Path);
        if (Engine.Indicators.IndicatorCatalog.TryFind("zigzag", out _))
        {
            Assert.Equal("repaints", error.Code);
            Assert.Contains("later bars", error.Message, StringComparison.Ordinal);
        }
    }
}
