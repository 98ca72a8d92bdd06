using System.Diagnostics;
using System.Text.Json;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Benchmarks.Runs;

/// <summary>
/// Variants of one strategy on shared bars: throughput on all cores over single throughput times cores. Half of the variants differ in what is trained, the others only in what is decided;
/// every indicator is computed once per series (one to learn from, one to test on), which is checked.
/// </summary>
public sealed class SweepEfficiency : Benchmark
{
    private const int Bars = 24_000;
    private const int Periods = 60;

    private const string Document = """
        name: sweep_benchmark
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: SYNTH}
          timeframes: {mode: single, timeframe: 1h}
        indicators:
          rsi_14: {type: rsi, period: 14}
          adx_14: {type: adx, period: 14}
          bands: {type: bbands, period: 20}
        fuzzy_sets:
          heat:
            indicator: rsi_14
            cold: {type: trapezoidal, parameters: [0, 0, 30, 45]}
            mild: {type: triangular, parameters: [35, 50, 65]}
            hot: {type: trapezoidal, parameters: [55, 70, 100, 100]}
          strength:
            indicator: adx_14.adx
            weak: {type: trapezoidal, parameters: [0, 0, 15, 25]}
            strong: {type: trapezoidal, parameters: [18, 35, 100, 100]}
        nn_inputs:
          - {fuzzy_set: heat, timeframes: all}
          - {fuzzy_set: strength, timeframes: all}
          - {raw_indicator: bands.upper, timeframes: all, normalization: zscore}
        model: {type: mlp, architecture: {hidden_layers: [32, 16], activation: relu, dropout: 0.1}}
        decisions: {output_format: classification, confidence_threshold: 0.36, allow_short_from_flat: true}
        training:
          labels: {source: triple_barrier, pt_multiplier: 2, sl_multiplier: 2, max_holding_period: 12}
          epochs: 3
          batch_size: 256
        """;

    private readonly List<StrategyDocument> _variants = [];
    private BarSeries? _bars;

    public override string Name => "sweep_efficiency";

    public override string Unit => "ratio";

    public override string Measures => "120 variants (60 trainings x 2 thresholds) on 24 000 shared bars: throughput on all cores over that of one core times cores; each indicator computed once, which is checked. Wall clock";

    public override Target? Target => new(0.9);

    public override int WarmUps => 1;

    public override int Repetitions => 3;

    public override void Prepare()
    {
        _bars = SyntheticMarket.Planted(5, Bars, symbol: "SYNTH");
        var grid = new StrategyGrid(StrategyReader.Parse(Document), [Axis("indicators.rsi_14.period", Enumerable.Range(5, Periods).Select(p => $"{p}")), Axis("decisions.confidence_threshold", ["0.36", "0.4"])]);
        _variants.AddRange(Enumerable.Range(0, grid.Count).Select(i => grid.At(i).Document));
    }

    public override double Measure()
    {
        var (alone, together) = (Seconds(1), Seconds(Environment.ProcessorCount));
        return alone / together / Environment.ProcessorCount;
    }

    private double Seconds(int threads)
    {
        var windows = ResearchWindows.Of(_bars!);
        var sweep = new SweepRun(new MarketView(_bars!), (windows.Train.StartTime, windows.Train.EndTime), (windows.Validation.StartTime, windows.Validation.EndTime), [1], null, BacktestOptions.From);
        var start = Stopwatch.GetTimestamp();
        sweep.RunAll(_variants, threads, (_, _, refused) =>
        {
            if (refused is not null)
            {
                throw refused;
            }
        });
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        const int others = 2;
        return sweep.IndicatorsComputed == 2 * (Periods + others)
            ? seconds
            : throw new InvalidOperationException($"{sweep.IndicatorsComputed} indicators were computed; {2 * (Periods + others)} are different.");
    }

    private static GridAxis Axis(string path, IEnumerable<string> values) => new(path, [.. values.Select(v => JsonDocument.Parse(v).RootElement)]);
}
