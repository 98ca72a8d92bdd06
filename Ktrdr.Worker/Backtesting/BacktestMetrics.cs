using System.Diagnostics.Metrics;
using Ktrdr.ServiceDefaults.Telemetry;

namespace Ktrdr.Worker.Backtesting;

internal static class BacktestMetrics
{
    private static readonly Meter Meter = KtrdrTelemetry.Meter("Backtesting");

    private static readonly Counter<long> Bars = Meter.CreateCounter<long>("ktrdr.backtest.bars", description: "Bars that backtests have decided on, of every symbol.");

    private static readonly Histogram<double> Speed = Meter.CreateHistogram(
        "ktrdr.backtest.bars_per_second", description: "Bars per second of a backtest, features and every seed included, statistics and proof not.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [1e3, 1e4, 3e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7],
        });

    public static void Ran(long bars, TimeSpan took)
    {
        Bars.Add(bars);
        if (bars > 0)
        {
            Speed.Record(bars / took.TotalSeconds);
        }
    }
}
