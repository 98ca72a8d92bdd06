using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Runs;

/// <summary>Small documents that train in a moment.</summary>
internal static class RunDocuments
{
    private const string HeatSet = """
          heat:
            indicator: rsi_14
            cold: {type: trapezoidal, parameters: [0, 0, 30, 45]}
            mild: {type: triangular, parameters: [35, 50, 65]}
            hot: {type: trapezoidal, parameters: [55, 70, 100, 100]}
        """;

    private const string Barriers = "labels: {source: triple_barrier, pt_multiplier: 2, sl_multiplier: 2, max_holding_period: 12}";

    /// <summary>One indicator, without costs.</summary>
    public const string Heat = $$$"""
        name: small_heat
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: SYNTH}
          timeframes: {mode: single, timeframe: 1h}
        indicators:
          rsi_14: {type: rsi, period: 14}
        fuzzy_sets:
        {{{HeatSet}}}
        nn_inputs:
          - {fuzzy_set: heat, timeframes: all}
        model: {type: mlp, architecture: {hidden_layers: [8], activation: relu, dropout: 0}}
        decisions:
          output_format: classification
          confidence_threshold: 0.34
          allow_short_from_flat: true
        training:
          {{{Barriers}}}
          epochs: 5
        """;

    public const string Reversion = $$$"""
        name: small_reversion
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: SYNTH}
          timeframes: {mode: single, timeframe: 1h}
        indicators:
          rsi_14: {type: rsi, period: 14}
          roc_5: {type: roc, period: 5}
        fuzzy_sets:
        {{{HeatSet}}}
          push:
            indicator: roc_5
            falling: {type: gaussian, parameters: [-0.4, 0.25]}
            rising: {type: gaussian, parameters: [0.4, 0.25]}
        nn_inputs:
          - {fuzzy_set: heat, timeframes: all}
          - {fuzzy_set: push, timeframes: all}
        model: {type: mlp, architecture: {hidden_layers: [8], activation: relu, dropout: 0.1}}
        decisions:
          output_format: classification
          confidence_threshold: 0.34
          allow_short_from_flat: true
          filters: {min_signal_separation: 4 bars}
        training:
          {{{Barriers}}}
          epochs: 4
          batch_size: 128
        costs: {commission: 0.00002, slippage: 0.00002}
        """;

    /// <summary>Follows the drift of the last two days.</summary>
    public static string Trend { get; } = Reversion
        .Replace("small_reversion", "small_trend", StringComparison.Ordinal)
        .Replace("roc_5: {type: roc, period: 5}", "roc_48: {type: roc, period: 48}", StringComparison.Ordinal)
        .Replace("indicator: roc_5", "indicator: roc_48", StringComparison.Ordinal)
        .Replace("[-0.4, 0.25]", "[-1.5, 1]", StringComparison.Ordinal)
        .Replace("[0.4, 0.25]", "[1.5, 1]", StringComparison.Ordinal)
        .Replace("epochs: 4", "epochs: 20", StringComparison.Ordinal)
        .Replace("nn_inputs:\n", "nn_inputs:\n  - {raw_indicator: roc_48, timeframes: all, normalization: zscore}\n", StringComparison.Ordinal)
        .Replace("batch_size: 128", "batch_size: 64\n  learning_rate: 0.01", StringComparison.Ordinal);

    /// <summary>Tells regimes.</summary>
    public const string Gate = """
        name: small_gate
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: SYNTH}
          timeframes: {mode: single, timeframe: 1h}
        indicators:
          adx_14: {type: adx, period: 14}
          roc_48: {type: roc, period: 48}
        fuzzy_sets:
          strength:
            indicator: adx_14.adx
            weak: {type: trapezoidal, parameters: [0, 0, 15, 25]}
            strong: {type: trapezoidal, parameters: [18, 35, 100, 100]}
          drift:
            indicator: roc_48
            down: {type: gaussian, parameters: [-1.5, 1]}
            up: {type: gaussian, parameters: [1.5, 1]}
        nn_inputs:
          - {fuzzy_set: strength, timeframes: all}
          - {fuzzy_set: drift, timeframes: all}
        model: {type: mlp, architecture: {hidden_layers: [8], activation: relu, dropout: 0}}
        decisions: {output_format: regime_classification}
        training:
          labels: {source: regime}
          epochs: 30
          batch_size: 64
          learning_rate: 0.01
        """;

    /// <summary>Tells the daily context from daily bars.</summary>
    public const string Day = """
        name: small_day
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: SYNTH}
          timeframes: {mode: single, timeframe: 1d}
        indicators:
          roc_5: {type: roc, period: 5}
        fuzzy_sets:
          drift:
            indicator: roc_5
            down: {type: gaussian, parameters: [-2, 1.5]}
            up: {type: gaussian, parameters: [2, 1.5]}
        nn_inputs:
          - {fuzzy_set: drift, timeframes: all}
        model: {type: mlp, architecture: {hidden_layers: [4], activation: relu, dropout: 0}}
        decisions: {output_format: context_classification}
        training:
          labels: {source: context, horizon: 3}
          epochs: 6
          batch_size: 32
        """;

    public static StrategyDocument Parse(string text, string symbol = "SYNTH") => StrategyReader.Parse(text.Replace("SYNTH", symbol, StringComparison.Ordinal));
}
