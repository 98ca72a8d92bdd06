using System.Diagnostics;

namespace Ktrdr.Benchmarks;

/// <summary>
/// Shared machines change their speed by the minute: every row says what the core gave before and after it, and where a peak is asked for, a row stands only if
/// the core gave it both times; otherwise it is waited for and measured again.
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
            var before = Now();
            while (!IsFast(before) && IsPatient)
            {
                Thread.Sleep(TimeSpan.FromSeconds(1));
                before = Now();
            }

            var row = BenchmarkRow.Apart(benchmark);
            var after = Now();
            var isFast = IsFast(before) && IsFast(after);
            if (isFast || !IsPatient)
            {
                Slower += isFast ? 0 : 1;
                return row with { Peak = Math.Max(before, after) };
            }
        }
    }

    private bool IsFast(double now) => peak is null || now >= peak;

    private double Now()
    {
        for (var i = 0; i < _peak.WarmUps; i++)
        {
            _peak.Measure();
        }

        return Enumerable.Range(0, _peak.Repetitions).Select(_ => _peak.Measure()).Order().ElementAt(_peak.Repetitions / 2);
    }
}
