using System.Diagnostics;
using System.Globalization;

namespace Ktrdr.Contracts.Sandboxes;

/// <summary>A process that is not confused with a later one that got the same id: the id together with the moment it started.</summary>
/// <param name="Started">On Linux the boot id and the start time in clock ticks since that boot; elsewhere the start time in UTC ticks.</param>
public sealed record ProcessIdentity(int Pid, string Started)
{
    public static ProcessIdentity Current { get; } = Of(Environment.ProcessId)
        ?? throw new InvalidOperationException("The start time of this process cannot be read.");

    /// <summary>Null when no such process runs.</summary>
    public static ProcessIdentity? Of(int pid)
    {
        var started = OperatingSystem.IsLinux() ? StartedOnLinux(pid) : StartedElsewhere(pid);
        return started is null ? null : new ProcessIdentity(pid, started);
    }

    /// <summary>Whether this very process still runs; a zombie does not.</summary>
    public bool IsAlive() => Of(Pid) == this;

    private static string? StartedOnLinux(int pid)
    {
        try
        {
            // The command's name, in brackets, may itself hold blanks and brackets: the fields are counted from the last one.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}:{fields[19]}";
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string? StartedElsewhere(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.HasExited ? null : process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
