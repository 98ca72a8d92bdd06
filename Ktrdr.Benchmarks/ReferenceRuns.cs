using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Benchmarks;

/// <summary>Whole runs of fixed documents on fixed markets, for comparing bits between machines, settings and numbers of threads.</summary>
internal static class ReferenceRuns
{
    private const int Bars = 1600;
    private const int Split = 1100;

    /// <summary>Every membership, raw inputs of each scaling, two timeframes, sized by volatility, left in several ways.</summary>
    private const string Document = """
        name: reference
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: SYNTH}
          timeframes: {mode: multi_timeframe, list: [1h, 4h], base_timeframe: 1h}
        indicators:
          rsi_14: {type: rsi}
          trend: {type: macd}
          bands: {type: bbands}
        fuzzy_sets:
          heat: {indicator: rsi_14, cold: {type: trapezoidal, parameters: [0, 0, 30, 50]}, mild: [30, 50, 70], hot: {type: gaussian, parameters: [75, 15]}}
          stretch: {indicator: rsi_14, low: {type: sigmoid, parameters: [50, -0.2]}, near: {type: bell, parameters: [20, 2, 50]}}
        nn_inputs:
          - {fuzzy_set: heat, timeframes: all}
          - {fuzzy_set: stretch, timeframes: [1h]}
          - {raw_indicator: trend.histogram, timeframes: all, normalization: zscore}
          - {raw_indicator: bands.upper, timeframes: [1h], normalization: minmax}
        model: {type: MODEL}
        decisions: {DECISIONS, allow_short_from_flat: true, filters: {min_signal_separation: 3 bars}}
        training: {labels: {LABELS}, epochs: 3, batch_size: 64}
        costs: {commission: 0.0001, spread: 0.0001, financing: 0.0001}
        sizing: {volatility_target: 0.1, whole_units: false}
        exits: {stop: {atr: 3}, trailing: {percent: 2}, time_bars: 40}
        """;

    private static readonly (string Model, string Decisions, string Labels)[] Kinds =
    [
        ("mlp, architecture: {hidden_layers: [16, 8]}", "confidence_threshold: 0.3", "source: zigzag, zigzag_threshold: 0.01"),
        ("lstm, architecture: {sequence_length: 6, hidden_size: 8, num_layers: 2}", "confidence_threshold: 0.3", "source: triple_barrier, vol_method: std, compute_weights: true, max_holding_period: 12"),
        ("gru, architecture: {sequence_length: 5, hidden_size: 8, num_layers: 1}", "output_format: regression, cost_model: {round_trip_cost: 0.0001, min_edge_multiplier: 0.1}", "source: forward_return, horizon: 6"),
        ("tsk", "confidence_threshold: 0.3", "source: triple_barrier, pt_multiplier: 1, sl_multiplier: 1, max_holding_period: 12"),
    ];

    /// <summary>One hash of all indicators, then per kind of model those of its features and labels, its weights, its fills and equity, its statistics.</summary>
    public static string Hashes(int threads)
    {
        var bars = SyntheticMarket.Planted(21, Bars);
        var indicators = IndicatorCatalog.All.SelectMany(type => type.Compute(bars, type.Defaults())).ToArray();
        return string.Join(' ', Kinds.SelectMany(kind => OfKind(kind, bars, threads)).Prepend(Hash(indicators.Select(Bytes))));
    }

    private static IEnumerable<string> OfKind((string Model, string Decisions, string Labels) kind, BarSeries bars, int threads)
    {
        var strategy = StrategyReader.Parse(Document.Replace("MODEL", kind.Model, StringComparison.Ordinal).Replace("DECISIONS", kind.Decisions, StringComparison.Ordinal).Replace("LABELS", kind.Labels, StringComparison.Ordinal));
        var market = new MarketView(bars);
        var learned = market.Before(bars.Times[Split]);
        var training = TrainingRun.Of(strategy, TrainingRun.Table(strategy, learned, bars.Times[0]), [3, 4]);
        var outcome = training.Train(threads);
        yield return Hash([Bytes(training.Features.Values), Bytes(training.Fold.Rows.Train), training.Fold.Labels.IsRegression ? Bytes(training.Fold.Labels.Target) : Bytes(training.Fold.Labels.Class)]);
        yield return string.Join('+', outcome.Outcomes.Select(o => o.WeightsHash));

        var run = BacktestRun.Of(training.Trained(outcome), market, bars.Times[Split], BacktestOptions.From(strategy));
        var result = run.Headline.Result;
        yield return $"{result.TradeListHash}+{Hash([Bytes(result.Equity), Bytes(run.Daily.Returns)])}+{result.Trades.Count}";

        var statistics = RunStatistics.Of(result, run.Headline.Symbols, run.Options, 3, new RunStatisticsOptions { MaxThreads = threads });
        yield return Hash([System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { result.Metrics, statistics }, Readable)]);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Readable = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private static byte[] Bytes<T>(T[] values)
        where T : struct
        => MemoryMarshal.AsBytes<T>(values).ToArray();

    private static string Hash(IEnumerable<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            hash.AppendData(part);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
