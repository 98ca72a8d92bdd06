using Ktrdr.Engine.MarketData;

namespace Ktrdr.Benchmarks.MarketData;

/// <summary>Bars per second of opening a verified file of the worker's cache and reading one column of it.</summary>
public sealed class BarMapBenchmark : Benchmark
{
    private const int Bars = 1_000_000;
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"ktrdr-{Environment.ProcessId}.bars");

    public override string Name => "bars_map";

    public override string Unit => "bars/s";

    public override string Measures => "Opening a verified bar file, memory-mapped, and one pass over its closes, a million bars";

    public override void Prepare()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(_path);
        var column = new double[Bars];
        Array.Fill(column, 1.5);
        var times = Enumerable.Range(0, Bars).Select(i => i * 60_000L).ToArray();
        File.WriteAllBytes(_path, new BarSeries("BENCHMARK", Timeframe.OneMinute, times, column, column, column, column, column).ToBytes());
    }

    public override double Measure() => PerSecond(Bars, () =>
    {
        var sum = 0.0;
        foreach (var close in BarSeries.Map(_path).Close)
        {
            sum += close;
        }

        if (sum != 1.5 * Bars)
        {
            throw new InvalidOperationException($"the closes add up to {sum}");
        }
    });
}
