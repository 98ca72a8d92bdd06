using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Benchmarks.Backtesting;

/// <summary>The same with a stop and a target in average true ranges, a trailing stop, a time exit and financing.</summary>
public sealed class BacktestExitsBenchmark : Benchmark
{
    private readonly BacktestOptions _options = new()
    {
        FinancingPerDay = 0.00003,
        Exits = new ExitSpec(new ExitLevel(ExitUnit.Atr, 3), new ExitLevel(ExitUnit.Atr, 4), new ExitLevel(ExitUnit.Atr, 3.5), TimeBars: 60),
    };

    private BarSeries? _bars;
    private FixedDecisions? _decisions;

    public override string Name => "backtest_exits";

    public override string Unit => "bars/s";

    public override string Measures => "The same with a stop and a target in average true ranges, a trailing stop, a time exit and financing";

    public override int WarmUps => 10;

    public override int Repetitions => 15;

    public override void Prepare() => (_bars, _decisions) = (BenchmarkMarket.Series(), BenchmarkMarket.Signals());

    public override double Measure() => PerSecond(BenchmarkMarket.Bars, () => Backtester.Run(_bars!, 0, BenchmarkMarket.Bars, _decisions!, _options));
}
