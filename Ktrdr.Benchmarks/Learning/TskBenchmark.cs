using Ktrdr.Benchmarks.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>Samples per second of tuning a Takagi-Sugeno-Kang network, after its rules were found.</summary>
public sealed class TskBenchmark : Benchmark
{
    private const int Bars = 20_000;
    private readonly List<double> _epochs = [];
    private TrainingRun? _run;
    private int _next;

    public override string Name => "train_tsk_b256";

    public override string Unit => "samples/s";

    public override string Measures => "Whole epochs of a Takagi-Sugeno-Kang network over ten indicators, up to 32 rules, batch 256";

    public override void Prepare()
    {
        var bars = SyntheticMarket.Planted(1, Bars, symbol: ThirtyFeatures.Symbol, timeframe: Timeframe.Parse("5m"));
        var strategy = ThirtyFeatures.Strategy("tsk");
        _run = TrainingRun.Of(strategy, TrainingRun.Table(strategy, new MarketView(bars), bars.Times[0]), [1]);
    }

    public override double Measure()
    {
        if (_epochs.Count == 0)
        {
            var last = Clock.Seconds;
            var options = _run!.Options with { Epochs = WarmUps + Repetitions, BatchSize = 256, Patience = 0 };
            Trainer.Train(_run.Set, _run.Shape, options, null, (_, _) =>
            {
                var now = Clock.Seconds;
                _epochs.Add(_run.Set.TrainRows.Length / (now - last));
                last = now;
            }, CancellationToken.None);
        }

        return _epochs[_next++];
    }
}
