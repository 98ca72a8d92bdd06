using Ktrdr.Benchmarks.Backtesting;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Benchmarks.Features;

/// <summary>A strategy of ten indicators and thirty memberships over a million bars, and a 30-64-32-3 network that trades it.</summary>
internal sealed class ThirtyFeatures
{
    public const int Bars = BenchmarkMarket.Bars;

    public const string Symbol = "BENCHMARK";

    private const string Document = """
        name: thirty
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: BENCHMARK}
          timeframes: {mode: single, timeframe: 5m}
        indicators:
          rsi: {type: rsi, period: 14}
          rsi_slow: {type: rsi, period: 50}
          stoch: {type: stochastic}
          adx: {type: adx, period: 14}
          roc: {type: roc, period: 10}
          willr: {type: williamsr, period: 14}
          cci: {type: cci, period: 20}
          aroon: {type: aroon, period: 14}
          width: {type: bollingerbandwidth, period: 20}
          squeeze: {type: squeezeintensity}
        fuzzy_sets:
          s_rsi: {indicator: rsi, low: [0, 20, 45], mid: [30, 50, 70], high: [55, 80, 100]}
          s_rsi_slow: {indicator: rsi_slow, low: [0, 20, 45], mid: [30, 50, 70], high: [55, 80, 100]}
          s_stoch: {indicator: stoch.k, low: [0, 20, 45], mid: [30, 50, 70], high: [55, 80, 100]}
          s_adx: {indicator: adx.adx, low: [0, 10, 25], mid: [15, 30, 45], high: [35, 60, 100]}
          s_roc: {indicator: roc, low: [-1, -0.4, 0], mid: {type: gaussian, parameters: [0, 0.1]}, high: [0, 0.4, 1]}
          s_willr: {indicator: willr, low: [-100, -80, -55], mid: [-70, -50, -30], high: [-45, -20, 0]}
          s_cci: {indicator: cci, low: [-300, -150, 0], mid: {type: gaussian, parameters: [0, 60]}, high: [0, 150, 300]}
          s_aroon: {indicator: aroon.up, low: [0, 20, 45], mid: [30, 50, 70], high: [55, 80, 100]}
          s_width: {indicator: width, low: [0, 0.001, 0.003], mid: [0.001, 0.004, 0.007], high: [0.005, 0.01, 0.02]}
          s_squeeze: {indicator: squeeze, low: [-0.01, 0, 0.1], mid: [0.05, 0.15, 0.25], high: [0.2, 0.35, 0.5]}
        nn_inputs:
          - {fuzzy_set: s_rsi, timeframes: all}
          - {fuzzy_set: s_rsi_slow, timeframes: all}
          - {fuzzy_set: s_stoch, timeframes: all}
          - {fuzzy_set: s_adx, timeframes: all}
          - {fuzzy_set: s_roc, timeframes: all}
          - {fuzzy_set: s_willr, timeframes: all}
          - {fuzzy_set: s_cci, timeframes: all}
          - {fuzzy_set: s_aroon, timeframes: all}
          - {fuzzy_set: s_width, timeframes: all}
          - {fuzzy_set: s_squeeze, timeframes: all}
        model: MODEL
        decisions: {output_format: classification, confidence_threshold: 0.34}
        training: {labels: {source: triple_barrier}}
        """;

    private readonly MarketView _market = new(BenchmarkMarket.Series());
    private readonly TrainedStrategy _trained = new(
        Strategy("mlp"), Normalization.None, [new TrainedSeed(1, Network.Initialize(new MlpShape(30, [64, 32], 3, Activation.Relu, 0), 1), null)]);

    /// <summary>With a network of a kind.</summary>
    public static StrategyDocument Strategy(string kind) =>
        StrategyReader.Parse(Document.Replace("MODEL", kind == "mlp" ? "{type: mlp, architecture: {hidden_layers: [64, 32]}}" : $"{{type: {kind}}}", StringComparison.Ordinal));

    public FeatureStream Open() => FeatureStream.Open(_trained.Strategy, _market.InputsOf(_trained.Strategy, 0), "5m");

    /// <summary>From bars to metrics, the way a worker goes. What it returns holds everything that was alive at the end.</summary>
    public BacktestRun Backtest() => BacktestRun.Of(_trained, _market, _market.Primary.Times[0], new BacktestOptions());
}
