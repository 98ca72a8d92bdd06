using System.Diagnostics;

namespace Ktrdr.Benchmarks;

/// <summary>The time that rows of one core are measured by.</summary>
internal static class Clock
{
    /// <summary>
    /// True: the processor time that the process used instead of the time that passed. On a busy machine it says what the code costs where the wall clock
    /// says how many neighbours there are; it misses waiting, so published figures are of the wall clock.
    /// </summary>
    public static bool CountsProcessorTime { get; set; }

    public static double Seconds => CountsProcessorTime
        ? Environment.CpuUsage.TotalTime.TotalSeconds
        : (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;
}
