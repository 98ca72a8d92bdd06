using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

/// <summary>Documents of the original's grammar with everything in them that real ones have.</summary>
public sealed class ProbeDocumentTests
{
    private const string A = """
        name: probe_fx_breadth
        version: "3.0"
        training_data:
          symbols: {mode: multi_symbol, list: [AUDUSD, NZDUSD]}
          timeframes: {mode: multi_timeframe, list: [15m, 4h], base_timeframe: 15m}
          history_required: 320
        context_data:
          - {provider: ib, symbol: USDCAD, timeframe: 4h}
          - {provider: fred, series: [DGS5, DGS30]}
        indicators:
          osc:   {type: stochastic, k_period: 21, d_period: 5, smooth_k: 4}
          bands: {type: bbands, period: 34, multiplier: 1.8}
          cad:   {type: roc, period: 6, data_source: USDCAD}
          curve: {type: ema, period: 9, data_source: yield_spread_DGS5_DGS30}
        fuzzy_sets:
          osc_state:
            indicator: osc.d
            cold: [0, 15, 40]
            mild: {type: trapezoidal, parameters: [30, 42, 58, 70]}
            hot:  {type: gaussian, parameters: [88, 11]}
          cad_push: {indicator: cad, down: [-1.2, -0.5, 0.05], up: [-0.05, 0.5, 1.2]}
          curve_lvl: {indicator: curve, inverted: [-2, -0.6, 0], steep: [0, 0.9, 3]}
        nn_inputs:
          - {fuzzy_set: osc_state, timeframes: all}
          - {fuzzy_set: cad_push, timeframes: [4h]}
          - {fuzzy_set: curve_lvl, timeframes: [4h]}
          - {raw_indicator: bands.upper, timeframes: [15m], normalization: zscore}
        model: {type: gru, architecture: {sequence_length: 24, hidden_size: 40, num_layers: 1, dropout: 0.15}}
        decisions:
          output_format: classification
          confidence_threshold: 0.47
          position_awareness: true
          allow_short_from_flat: true
          filters: {min_signal_separation: 6}
        training:
          labels: {source: triple_barrier, pt_multiplier: 1.7, sl_multiplier: 1.3, max_holding_period: 36, vol_span: 60, vol_method: atr, cusum_threshold: 0, cusum_multiplier: 0.7, compute_weights: true}
          loss: focal
          focal_gamma: 1.5
          epochs: 60
          batch_size: 96
          learning_rate: 0.0007
          data_split: {train: 0.68, validation: 0.17, test: 0.15}
        """;

    private const string B = """
        name: probe_gold_swing
        version: "3.0"
        training_data: {symbols: {mode: single, symbol: XAUUSD}, timeframes: {mode: single, timeframe: 4h}}
        indicators: {trend: {type: adx, period: 18}, heat: {type: squeezeintensity, kc_multiplier: 1.6}}
        fuzzy_sets:
          drive: {indicator: trend.adx, slack: [0, 8, 20], firm: [16, 28, 44], fierce: [38, 60, 90]}
          coil:  {indicator: heat, loose: [-0.01, 0.05, 0.2], tight: [0.12, 0.35, 1.0]}
        nn_inputs: [{fuzzy_set: drive, timeframes: all}, {fuzzy_set: coil, timeframes: all}]
        model: {type: mlp, architecture: {hidden_layers: [48, 24], activation: leaky_relu, dropout: 0.1}}
        decisions: {output_format: regression, cost_model: {round_trip_cost: 0.0009, min_edge_multiplier: 2}, filters: {min_signal_separation: 8}}
        training: {labels: {source: forward_return, horizon: 14}, loss: huber, huber_delta: 0.004, epochs: 80}
        """;

    [Fact]
    public void Read_SeveralSymbolsContextAndGru_GivesAllOfItsParts()
    {
        var reading = StrategyReader.Read(A);

        Assert.Empty(reading.Errors);
        var document = reading.Document!;
        Assert.Equal(["AUDUSD", "NZDUSD"], document.TrainingData.Symbols);
        Assert.Equal(("15m", 320), (document.TrainingData.BaseTimeframe, document.TrainingData.HistoryRequired));
        Assert.Equal(["USDCAD", "fred_DGS5", "fred_DGS30", "yield_spread_DGS5_DGS30"], document.ContextData.SelectMany(c => c.SourceIds()));
        Assert.Equal([null, null, "USDCAD", "yield_spread_DGS5_DGS30"], document.Indicators.Select(i => i.DataSource));
        Assert.Equal(new ModelSpec { Kind = ModelKind.Gru, SequenceLength = 24, HiddenSize = 40, Layers = 1, Dropout = 0.15 }, document.Model);
        Assert.Equal((LossKind.Focal, 1.5, 0.0, 0.7), (document.Training.Loss, document.Training.FocalGamma, document.Training.Labels.CusumThreshold, document.Training.Labels.CusumMultiplier));
        Assert.Equal(
            [
                "15m_osc_state_cold", "15m_osc_state_mild", "15m_osc_state_hot", "4h_osc_state_cold", "4h_osc_state_mild", "4h_osc_state_hot",
                "4h_cad_push_down", "4h_cad_push_up", "4h_curve_lvl_inverted", "4h_curve_lvl_steep", "15m_bands.upper_raw",
            ],
            FeatureNames.Of(document));
        Assert.Equal(document, StrategyReader.Parse(StrategyWriter.ToYaml(document)));
    }

    [Fact]
    public void Read_Regression_HasNoErrors()
    {
        var document = StrategyReader.Parse(B);

        Assert.Equal(("squeezeintensity", 1.6), (document.Indicators[1].Type, document.Indicators[1].Arguments.Number("kc_multiplier")));
        Assert.Equal((LossKind.Huber, 0.004, 14), (document.Training.Loss, document.Training.HuberDelta, document.Training.Labels.Horizon));
    }

    [Theory]
    [InlineData("tenkan: 7, kijun: 22, senkou_b: 44, displacement: 26")]
    [InlineData("tenkan_period: 7, kijun_period: 22, senkou_b_period: 44")]
    public void Read_OtherNamesOfParameters_AreTheSame(string parameters)
    {
        var document = StrategyReader.Parse(StrategyTexts.With("type: bbands\n    period: 20\n    multiplier: 2.0", $"{{type: ichimoku, {parameters}}}").Replace("bands.upper", "bands.kijun", StringComparison.Ordinal).Replace("bands:\n    {", "bands: {", StringComparison.Ordinal));

        Assert.Equal((7, 22, 44), (document.Indicators[1].Arguments.Int("tenkan_period"), document.Indicators[1].Arguments.Int("kijun_period"), document.Indicators[1].Arguments.Int("senkou_b_period")));
    }

    [Theory]
    [InlineData("classification", "", LabelSource.Zigzag)]
    [InlineData("classification", "labels: {zigzag_threshold: 0.02}", LabelSource.Zigzag)]
    [InlineData("regime_classification", "", LabelSource.Regime)]
    [InlineData("context_classification", "labels: {horizon: 5}", LabelSource.Context)]
    public void Read_WithoutALabelSource_TakesTheOneOfItsOutput(string format, string labels, LabelSource source)
    {
        var text = FullDocuments.Context.Replace("context_classification", format, StringComparison.Ordinal);
        var start = text.IndexOf("training: {labels", StringComparison.Ordinal);

        var document = StrategyReader.Parse($"{text[..start]}training: {{epochs: 5{(labels.Length > 0 ? $", {labels}" : "")}}}");

        Assert.Equal(source, document.Training.Labels.Source);
        Assert.Equal(source == LabelSource.Context ? 5 : 20, document.Training.Labels.Horizon);
    }
}
