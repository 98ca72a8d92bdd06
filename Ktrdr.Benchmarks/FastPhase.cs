using System.Diagnostics;

namespace Ktrdr.Benchmarks;

/// <summary>
/// Shared machines change their speed by the minute: a row stands where the core gave a peak both before and after it, otherwise it is waited for and measured again.
/// </summary>
/// <param name="peak">What <see cref="FmaPeak"/> must give, GFLOP/s; null: any.</param>
/// <param name="patience">From now on; what is left then is measured as it comes.</param>
internal sealed class FastPhase(double? peak, TimeSpan patience)
{
    private readonly FmaPeak _peak = new();
    private readonly Stopwatch _since = Stopwatch.StartNew();

    /// <summary>Rows that were measured while the core gave less.</summary>
    public int Slower { get; private set; }

    private bool IsPatient => _since.Elapsed < patience;

    public BenchmarkRow Measure(Benchmark benchmark)
    {
        while (true)
        {
            while (!IsFast() && IsPatient)
            {
                Thread.Sleep(TimeSpan.FromSeconds(1));
            }

            var row = BenchmarkRow.Apart(benchmark);
            var isFast = IsFast();
            if (isFast || !IsPatient)
            {
                Slower += isFast ? 0 : 1;
                return row;
            }
        }
    }

    private bool IsFast()
    {
        var repetitions = Enumerable.Range(0, _peak.WarmUps + _peak.Repetitions).Select(_ => _peak.Measure()).Skip(_peak.WarmUps);
        return peak is null || repetitions.Order().ElementAt(_peak.Repetitions / 2) >= peak;
    }
}
