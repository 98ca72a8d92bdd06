using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Ktrdr.Benchmarks;

/// <summary>What the figures were measured on, and how busy it was: figures of two machines, or of one that was busy, do not compare.</summary>
internal static class Machine
{
    public static string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"{Processor()}, {Environment.ProcessorCount} cores, {Vectors()}, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30):F0} GiB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");

    /// <summary>Processes that ran or waited to run during the last minute; null where the system does not say.</summary>
    public static double? Load() => Read("/proc/loadavg")?.Split(' ') is [var minute, ..] ? double.Parse(minute, CultureInfo.InvariantCulture) : null;

    private static string Processor()
    {
        var line = Read("/proc/cpuinfo")?.Split('\n').FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    private static string Vectors() => Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "no AVX2";

    private static string? Read(string path) => File.Exists(path) ? File.ReadAllText(path) : null;
}
