using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Benchmarks.Backtesting;

/// <summary>A million bars, 25 000 trades.</summary>
public sealed class BacktestReadyBenchmark : Benchmark
{
    private readonly BacktestOptions _options = new();
    private BarSeries? _bars;
    private FixedDecisions? _decisions;

    public override string Name => "backtest_ready";

    public override string Unit => "bars/s";

    public override string Measures => "The loop on ready signals: price checks, fills, costs, trade records, equity, drawdown and all metrics, a million bars with 25 000 trades";

    public override Target? Target => new(100e6);

    public override Peer? Peer => new("numpy, fewer things", 13e6);

    public override int WarmUps => 10;

    public override int Repetitions => 15;

    public override void Prepare() => (_bars, _decisions) = (BenchmarkMarket.Series(), BenchmarkMarket.Signals());

    public override double Measure() => PerSecond(BenchmarkMarket.Bars, () => Backtester.Run(_bars!, 0, BenchmarkMarket.Bars, _decisions!, _options));
}
