using System.Diagnostics;
using Ktrdr.Benchmarks.Features;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Benchmarks.Runs;

/// <summary>A thousand variants over the same bars, a hundred trainings among them, on all cores: how much of the cores' speed arrives.</summary>
public sealed class SweepBenchmark : Benchmark
{
    private const int Bars = 4_000;
    private const int Trainings = 100;
    private const int DecisionsPerTraining = 10;
    private const int IndicatorsPerWindow = 10;
    private const int Epochs = 2;
    private readonly List<StrategyDocument> _variants = [];
    private BarSeries? _bars;

    public override string Name => "sweep_efficiency";

    public override string Unit => "of all cores";

    public override string Measures => "1 000 variants, of which 100 are trained, trained and backtested on all cores, as a share of one thread's speed times the cores. Wall clock";

    public override Target? Target => new(0.9);

    public override int WarmUps => 1;

    public override int Repetitions => 3;

    public override void Prepare()
    {
        _bars = SyntheticMarket.Planted(1, Bars, symbol: ThirtyFeatures.Symbol, timeframe: Timeframe.Parse("5m"));
        var strategy = ThirtyFeatures.Strategy("mlp");
        for (var t = 0; t < Trainings; t++)
        {
            for (var d = 0; d < DecisionsPerTraining; d++)
            {
                _variants.Add(strategy with
                {
                    Training = strategy.Training with { LearningRate = 1e-3 * (1 + t) / Trainings },
                    Decisions = strategy.Decisions with { ConfidenceThreshold = 0.34 + (0.02 * d) },
                });
            }
        }
    }

    public override double Measure() => Seconds(1) / Seconds(Environment.ProcessorCount) / Environment.ProcessorCount;

    private double Seconds(int threads)
    {
        var (first, middle, end) = (_bars!.Times[0], _bars.Times[Bars * 3 / 4], _bars.Times[Bars - 1] + 1);
        var sweep = new SweepRun(new MarketView(_bars), (first, middle), (middle, end), [1], Epochs, _ => new BacktestOptions());
        var done = 0;
        var start = Stopwatch.GetTimestamp();
        sweep.RunAll(_variants, threads, (_, outcome, refused) => done += refused is null ? 1 : throw refused);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return done == _variants.Count && sweep.IndicatorsComputed == 2 * IndicatorsPerWindow
            ? seconds
            : throw new InvalidOperationException($"{done} of {_variants.Count} variants were run, {sweep.IndicatorsComputed} indicators were computed for {2 * IndicatorsPerWindow}");
    }
}
