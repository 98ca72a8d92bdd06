using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Checks;

/// <summary>The checks that follow from the original's defects go the product's way: a document's text, bars, training, backtest.</summary>
internal static class CheckMarket
{
    /// <summary>2020-01-06, a Monday, 00:00 UTC.</summary>
    public const long Monday = 1_578_268_800_000;

    /// <summary>A document that learns in a moment from one symbol's hourly bars.</summary>
    public const string Single = """
        name: check
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: CHECK}
          timeframes: {mode: single, timeframe: 1h}
        indicators:
          rsi_14: {type: rsi, period: 14}
          trend: {type: macd}
        fuzzy_sets:
          heat: {indicator: rsi_14, cold: {type: trapezoidal, parameters: [0, 0, 25, 52]}, hot: {type: gaussian, parameters: [70, 15]}}
        nn_inputs:
          - {fuzzy_set: heat, timeframes: all}
          - {raw_indicator: trend.histogram, timeframes: all, normalization: zscore}
          - {raw_indicator: rsi_14, timeframes: all, normalization: minmax}
        model: {type: mlp, architecture: {hidden_layers: [8], dropout: 0.1}}
        decisions: {confidence_threshold: 0.34, allow_short_from_flat: true, filters: {min_signal_separation: 3 bars}}
        training: {labels: {source: triple_barrier, pt_multiplier: 1, sl_multiplier: 1, max_holding_period: 12}, epochs: 4, batch_size: 64, class_weights: false}
        sizing: {fraction: 0.5}
        exits: {stop: {atr: 3}, time_bars: 30}
        """;

    /// <summary>Three timeframes and another instrument's bars beside the fuzzy and raw inputs.</summary>
    public static readonly string Wide = Single
        .Replace("{mode: single, timeframe: 1h}", "{mode: multi_timeframe, list: [1h, 4h, 1d], base_timeframe: 1h}", StringComparison.Ordinal)
        .Replace("  trend: {type: macd}", "  trend: {type: macd}\n  other: {type: roc, period: 3, data_source: OTHER}", StringComparison.Ordinal)
        .Replace("indicators:", "context_data: [{provider: ib, symbol: OTHER, timeframe: 1h}]\nindicators:", StringComparison.Ordinal)
        .Replace("{raw_indicator: trend.histogram, timeframes: all, normalization: zscore}", "{raw_indicator: trend.histogram, timeframes: [4h, 1h], normalization: zscore}\n  - {raw_indicator: other, timeframes: [1h], normalization: none}", StringComparison.Ordinal);

    /// <summary>The document with another kind of model.</summary>
    public static string WithModel(string document, string kind) => document.Replace("{type: mlp, architecture: {hidden_layers: [8], dropout: 0.1}}", kind switch
    {
        "mlp" => "{type: mlp, architecture: {hidden_layers: [8], dropout: 0.1}}",
        "tsk" => "{type: tsk, architecture: {max_rules: 12}}",
        _ => $"{{type: {kind}, architecture: {{sequence_length: 6, hidden_size: 8, num_layers: 1, dropout: 0.1}}}}",
    }, StringComparison.Ordinal);

    public static BarSeries Bars(int count, ulong seed = 1, string symbol = "CHECK", string timeframe = "1h", double drift = 0, double deviation = 0.004)
    {
        var generator = new Generator(seed, "check-" + symbol);
        var width = Timeframe.Parse(timeframe);
        var (times, open, high, low, close, volume) = (new long[count], new double[count], new double[count], new double[count], new double[count], new double[count]);
        var price = 100.0;
        for (var i = 0; i < count; i++)
        {
            times[i] = Monday + (i * width.Milliseconds);
            open[i] = price;
            close[i] = price * (1 + drift + (deviation * Math.Clamp(generator.NextGaussian(), -4, 4)));
            high[i] = Math.Max(open[i], close[i]) * (1 + (deviation * generator.NextDouble()));
            low[i] = Math.Min(open[i], close[i]) * (1 - (deviation * generator.NextDouble()));
            volume[i] = 1 + Math.Floor(1000 * generator.NextDouble());
            price = close[i];
        }

        return new BarSeries(symbol, width, times, open, high, low, close, volume);
    }

    /// <summary>The bars from <paramref name="first"/> on at other prices.</summary>
    public static BarSeries ChangedFrom(BarSeries bars, int first)
    {
        return bars.WithPrices(Change(bars.Open), Change(bars.High), Change(bars.Low), Change(bars.Close), [.. bars.Volume.ToArray().Select((v, i) => i < first ? v : v + 7)]);

        double[] Change(ReadOnlySpan<double> prices)
        {
            var changed = prices.ToArray();
            for (var i = first; i < changed.Length; i++)
            {
                changed[i] *= 1.5 + (0.5 * (i % 3));
            }

            return changed;
        }
    }

    public static long End(BarSeries bars, int row) => row < bars.Count ? bars.Times[row] : bars.Times[^1] + bars.Timeframe.Milliseconds;

    /// <summary>Trains on the bars before <paramref name="split"/>.</summary>
    public static (TrainingRun Run, SeedOutcome Outcome, TrainedStrategy Trained) Train(string document, MarketView market, int split, params ulong[] seeds)
    {
        var run = Training(document, market, split, seeds);
        var outcome = run.Train(2);
        return (run, outcome, run.Trained(outcome));
    }

    public static TrainingRun Training(string document, MarketView market, int split, params ulong[] seeds)
    {
        var strategy = StrategyReader.Parse(document);
        var part = market.Before(End(market.Primary, split));
        return TrainingRun.Of(strategy, TrainingRun.Table(strategy, part, part.Primary.Times[0]), seeds.Length > 0 ? seeds : [1]);
    }

    /// <summary>Backtests from <paramref name="split"/> on.</summary>
    public static BacktestRun Backtest(TrainedStrategy trained, MarketView market, int split) =>
        BacktestRun.Of(trained, market, market.Primary.Times[split], BacktestOptions.From(trained.Strategy));

    public static MarketView View(BarSeries bars, BarSeries? other = null) =>
        new(bars, other is null ? null : new Dictionary<string, BarSeries>(StringComparer.Ordinal) { [other.Symbol] = other });
}
