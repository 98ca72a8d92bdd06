using Ktrdr.Engine.Features;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Tsk;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Learning.Tsk;

/// <summary>A tsk model trained on a market with a known edge, the way the product does it: document, features, labels, split, normalisation, trainer, pruning.</summary>
internal sealed record PlantedMarket(TrainingSet Set, Normalization Normalization, TrainingOutcome Outcome, TskPruningReport Pruning, RuleBase Rules)
{
    private static readonly string[] ClassNames = ["buy", "hold", "sell"];

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
        const double validation = 0.2;
        var raw = FeaturePipeline.Build(document, new SortedDictionary<string, BarSeries>(StringComparer.Ordinal) { ["1h"] = bars }, "1h");
        var labels = Labeler.Compute(document.Training.Labels, bars, Splits.Border(0, bars.Count, validation));
        var split = Splits.PurgedHoldout(labels, 0, bars.Count, validation, Math.Max(bars.Count / 100, raw.LongestLookBack), raw.IsReady);
        var normalization = Normalization.Fit(raw, document, split.Train);
        var features = normalization.Apply(raw);
        var scale = labels.IsRegression ? TargetScaling.Fit(labels.Target, split.Train) : 1;
        var set = labels.IsRegression
            ? new TrainingSet(features.Values, features.Columns, TargetScaling.Apply(labels.Target, scale), null, split.Train, split.Validation)
            : new TrainingSet(features.Values, features.Columns, labels.Class, null, split.Train, split.Validation);
        var training = document.Training;
        var options = TargetScaling.Apply(
            new TrainerOptions
            {
                Epochs = training.Epochs,
                BatchSize = training.BatchSize,
                LearningRate = training.LearningRate,
                WeightDecay = training.WeightDecay,
                GradientClip = training.GradientClip,
                Loss = labels.IsRegression ? Loss.Huber : Loss.CrossEntropy,
                HuberDelta = training.HuberDelta,
                Patience = training.EarlyStopping!.Patience,
                MinDelta = training.EarlyStopping.MinDelta,
                Seed = seed,
            },
            scale);
        string[] outputs = labels.IsRegression ? ["return"] : ClassNames;
        var shape = TskTraining.Shape(document, features.Names, normalization, set, options, outputs);
        var trained = Trainer.Train(set, shape, options, null, null, CancellationToken.None);
        var (pruned, report) = TskTraining.Prune(trained, set, options, document.Model.Tsk);
        var outcome = TargetScaling.Undo(pruned, scale);
        return new PlantedMarket(set, normalization, outcome, report, TskRules.Read((TskNetwork)outcome.Network, outputs, normalization, set, report));
    }
}
