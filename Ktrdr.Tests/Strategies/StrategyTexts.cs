namespace Ktrdr.Tests.Strategies;

/// <summary>Small documents that the tests bend.</summary>
internal static class StrategyTexts
{
    /// <summary>Sound, without warnings.</summary>
    public const string Sound = """
        name: sound
        version: "3.0"
        training_data:
          symbols: {mode: single, symbol: EURUSD}
          timeframes: {mode: single, timeframe: 1h}
          history_required: 100
        indicators:
          rsi_14:
            type: rsi
            period: 14
          bands:
            type: bbands
            period: 20
            multiplier: 2.0
        fuzzy_sets:
          stretch:
            indicator: rsi_14
            low: [0, 20, 45]
            mid:
              type: trapezoidal
              parameters: [30, 45, 55, 70]
            high: {type: gaussian, parameters: [80, 12]}
        nn_inputs:
          - fuzzy_set: stretch
            timeframes: all
          - raw_indicator: bands.upper
            timeframes: [1h]
            normalization: zscore
        model:
          type: mlp
          architecture:
            hidden_layers: [16, 8]
            activation: relu
            dropout: 0.1
        decisions:
          output_format: classification
          confidence_threshold: 0.5
          filters:
            min_signal_separation: 4
        training:
          labels:
            source: triple_barrier
            max_holding_period: 24
          epochs: 30
          early_stopping:
            patience: 5
        """;

    /// <summary>The sound document with one piece of text replaced; the piece must be there exactly once.</summary>
    public static string With(string piece, string replacement)
    {
        var at = Sound.IndexOf(piece, StringComparison.Ordinal);
        if (at < 0 || Sound.IndexOf(piece, at + 1, StringComparison.Ordinal) >= 0)
        {
            throw new ArgumentException($"'{piece}' is not in the document exactly once.", nameof(piece));
        }

        return Sound.Replace(piece, replacement, StringComparison.Ordinal);
    }

    /// <summary>1-based line of the first occurrence.</summary>
    public static int LineOf(string text, string piece) => text[..text.IndexOf(piece, StringComparison.Ordinal)].Count(c => c == '\n') + 1;
}
