using System.Globalization;

namespace Ktrdr.Benchmarks;

/// <summary>A measured benchmark.</summary>
/// <param name="Median">In the benchmark's unit.</param>
/// <param name="Best">The best repetition: far from the median where the machine was busy.</param>
/// <param name="Allocated">Managed bytes that one repetition allocates, the median.</param>
public sealed record BenchmarkRow(Benchmark Benchmark, double Median, double Best, long Allocated)
{
    /// <summary>The hidden argument under which this program measures one row.</summary>
    public const string Argument = "--row";

    /// <summary>What <see cref="FmaPeak"/> gave around it, the higher of before and after, GFLOP/s; null where it was not asked.</summary>
    public double? Peak { get; init; }

    /// <summary>Of the median to the target; 1 or more: reached. Null without a target.</summary>
    public double? ToTarget => Benchmark.Target?.Ratio(Median);

    /// <summary>
    /// The same at the speed of the machine that the targets are of: <see cref="ToTarget"/> times its peak over the peak here. Says too much of work that waits for
    /// memory. The plain ratio where the value is not a speed; null without a target.
    /// </summary>
    public double? ToTargetAtReference => Peak is { } peak && Benchmark.Unit is "ms" or [.., '/', 's'] ? ToTarget * FmaPeak.Reference / peak : ToTarget;

    /// <summary>How many times what the peer reaches; null without a peer.</summary>
    public double? ToPeer => Benchmark.Peer is not { } peer ? null : IsCost ? peer.Value / Median : Median / peer.Value;

    /// <summary>Less is better.</summary>
    private bool IsCost => Costs(Benchmark);

    /// <summary>Measured in a process of its own.</summary>
    public static BenchmarkRow Apart(Benchmark benchmark)
    {
        var figures = OwnProcess.Run([Argument, benchmark.GetType().Name, .. Clock.CountsProcessorTime ? [BenchmarkArguments.ProcessorTime] : (string[])[]]).Split(' ');
        return new BenchmarkRow(
            benchmark, double.Parse(figures[0], CultureInfo.InvariantCulture), double.Parse(figures[1], CultureInfo.InvariantCulture), long.Parse(figures[2], CultureInfo.InvariantCulture));
    }

    /// <summary>The figures that <see cref="Apart"/> reads.</summary>
    public string Figures => string.Create(CultureInfo.InvariantCulture, $"{Median:R} {Best:R} {Allocated}");

    /// <summary>Measured here and now.</summary>
    public static BenchmarkRow Of(Benchmark benchmark)
    {
        benchmark.Prepare();
        for (var i = 0; i < benchmark.WarmUps; i++)
        {
            benchmark.Measure();
        }

        var values = new double[benchmark.Repetitions];
        var bytes = new long[benchmark.Repetitions];
        for (var i = 0; i < values.Length; i++)
        {
            var before = GC.GetTotalAllocatedBytes();
            values[i] = benchmark.Measure();
            bytes[i] = GC.GetTotalAllocatedBytes() - before;
        }

        Array.Sort(values);
        Array.Sort(bytes);
        return new BenchmarkRow(benchmark, values[values.Length / 2], Costs(benchmark) ? values[0] : values[^1], bytes[bytes.Length / 2]);
    }

    private static bool Costs(Benchmark benchmark) => benchmark.Target?.IsLimit ?? benchmark.Unit is "ms" or "bytes" or "bytes/bar";
}
