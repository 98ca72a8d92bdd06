using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Benchmarks.Statistics;

/// <summary>A campaign of 2 000 trials over 500 days.</summary>
public abstract class CampaignBenchmark : Benchmark
{
    private const int Trials = 2000;
    private const int Days = 500;

    public override string Unit => "ms";

    public override int WarmUps => 1;

    public override int Repetitions => 3;

    protected DailyPanel? Panel { get; private set; }

    public override void Prepare()
    {
        var generator = new Generator(1, "campaign-benchmark");
        var columns = Enumerable.Range(0, Trials).Select(_ => Enumerable.Range(0, Days).Select(_ => 0.01 * generator.NextGaussian()).ToArray()).ToArray();
        Panel = new DailyPanel([.. Enumerable.Range(0, Trials).Select(k => new TrialKey($"strategy-{k:D4}", "data", "validation"))], [.. Enumerable.Range(0, Days)], columns);
    }

    protected static double Milliseconds(Action work) => 1000 / PerSecond(1, work);
}

/// <summary>All 12 870 splits of 16 blocks.</summary>
public sealed class PboBenchmark : CampaignBenchmark
{
    public override string Name => "statistics_pbo";

    public override string Measures => "Probability of backtest overfitting: all 12 870 splits of 16 blocks, 2 000 trials over 500 days";

    public override double Measure() => Milliseconds(() => Pbo.Evaluate(Panel!));
}

/// <summary>Reality check and superior predictive ability, B = 2 000.</summary>
public sealed class DataSnoopingBenchmark : CampaignBenchmark
{
    public override string Name => "statistics_spa";

    public override string Measures => "Reality check and superior predictive ability, 2 000 bootstrap samples, 2 000 trials over 500 days";

    public override double Measure() => Milliseconds(() => DataSnooping.Test(Panel!, new BootstrapOptions()));
}

/// <summary>Everything said of one run over 59 000 hourly bars with about 1 500 trades.</summary>
public sealed class RunStatisticsBenchmark : Benchmark
{
    private const int Bars = 59_000;
    private const int BarsBetweenSignals = 20;

    private readonly BacktestOptions _options = new();
    private BarSeries? _bars;
    private FixedDecisions? _decisions;
    private BacktestResult? _run;

    public override string Name => "statistics_run";

    public override string Measures => "Everything said of one run over 59 000 hourly bars with about 1 500 trades";

    public override string Unit => "ms";

    public override void Prepare()
    {
        _bars = SyntheticMarket.Null(1, Bars);
        var signals = new Signal[Bars];
        for (var i = 0; i < Bars; i++)
        {
            signals[i] = i % BarsBetweenSignals != 0 ? Signal.Hold : i / BarsBetweenSignals % 2 == 0 ? Signal.Buy : Signal.Sell;
        }

        _decisions = new FixedDecisions(signals);
        _run = Backtester.Run(_bars, 0, Bars, _decisions, _options);
    }

    public override double Measure() => 1000 / PerSecond(1, () => RunStatistics.Of(_run!, _bars!, 0, _decisions!, _options, 1));
}
