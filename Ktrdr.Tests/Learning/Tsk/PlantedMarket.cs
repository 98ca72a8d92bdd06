using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Tsk;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Learning.Tsk;

/// <summary>A tsk model trained on a market with a known edge, by the product's own run.</summary>
internal sealed record PlantedMarket(TrainingRun Run, TrainingOutcome Outcome, RuleBase Rules)
{
    /// <summary>The planted indicator among six others that move with it or with volatility.</summary>
    public static StrategyDocument Document(string labels, string decisions, string loss) => StrategyReader.Parse(
        $$$"""
        name: planted
        version: "3.1"
        training_data: {symbols: {mode: single, symbol: SYNTH}, timeframes: {mode: single, timeframe: 1h}}
        indicators:
          rsi_14: {type: rsi, period: 14}
          atr_14: {type: atr, period: 14}
          roc_5: {type: roc, period: 5}
          trend: {type: adx, period: 14}
          stoch: {type: stochastic}
          macd_1: {type: macd}
          roc_20: {type: roc, period: 20}
        fuzzy_sets:
          strength: {indicator: rsi_14, oversold: [0, 15, 35], neutral: [25, 50, 75], overbought: [65, 85, 100]}
          week: {indicator: roc_5, falling: [-3, -1, 0], flat: [-1, 0, 1], rising: [0, 1, 3]}
          trending: {indicator: trend.adx, weak: [0, 10, 25], strong: [20, 40, 80]}
          place: {indicator: stoch.k, low: [0, 10, 35], mid: [20, 50, 80], high: [65, 90, 100]}
          month: {indicator: roc_20, down: [-6, -2, 0], up: [0, 2, 6]}
        nn_inputs:
          - {fuzzy_set: strength, timeframes: all}
          - {raw_indicator: atr_14, timeframes: all, normalization: zscore}
          - {fuzzy_set: week, timeframes: all}
          - {fuzzy_set: trending, timeframes: all}
          - {fuzzy_set: place, timeframes: all}
          - {raw_indicator: macd_1.histogram, timeframes: all, normalization: zscore}
          - {fuzzy_set: month, timeframes: all}
        model: {type: tsk}
        decisions: {{{decisions}}}
        training: {labels: {{{labels}}}, loss: {{{loss}}}, epochs: 20}
        """);

    public static StrategyDocument Regression(int horizon) => Document(
        $"{{source: forward_return, horizon: {horizon}}}", "{output_format: regression, cost_model: {round_trip_cost: 0.001, min_edge_multiplier: 1.5}}", "huber");

    public static StrategyDocument Classification() => Document("{source: triple_barrier, max_holding_period: 10, pt_multiplier: 1, sl_multiplier: 1}", "{output_format: classification}", "cross_entropy");

    public static PlantedMarket Train(StrategyDocument document, BarSeries bars, ulong seed)
    {
        var view = new MarketView(bars);
        var run = TrainingRun.Of(document, TrainingRun.Table(document, view, bars.Times[0]), [seed]);
        var outcome = run.Train(1).Outcomes[0];
        return new PlantedMarket(run, outcome, run.Rules(outcome)!);
    }
}
