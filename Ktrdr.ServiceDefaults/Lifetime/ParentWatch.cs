using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ktrdr.ServiceDefaults.Lifetime;

/// <summary>Ends the service, gracefully, when the process named by <see cref="Variable"/> is gone: nothing stays behind after a supervisor that was killed.</summary>
public sealed partial class ParentWatch(IConfiguration configuration, IHostApplicationLifetime lifetime, ILogger<ParentWatch> logger) : BackgroundService
{
    public const string Variable = "KTRDR_PARENT_PID";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var configured = configuration[Variable];
        if (string.IsNullOrWhiteSpace(configured))
        {
            return;
        }

        if (!int.TryParse(configured, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid == 0)
        {
            throw new InvalidOperationException($"{Variable} is '{configured}'; allowed: the id of a running process.");
        }

        // The start time tells the parent from a later process that was given the same id.
        var started = StartOf(pid);
        while (started is not null && StartOf(pid) == started)
        {
            await Task.Delay(Interval, stoppingToken).ConfigureAwait(false);
        }

        LogParentGone(pid);
        lifetime.StopApplication();
    }

    /// <summary>Null when the process is gone, or dead and only not yet reaped.</summary>
    private static string? StartOf(int pid)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using var process = Process.GetProcessById(pid);
                return process.HasExited ? null : process.StartTime.Ticks.ToString(CultureInfo.InvariantCulture);
            }

            // The command's name, in brackets, may itself hold blanks and brackets: the fields are counted from the last one.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[19];
        }
        catch (Exception gone) when (gone is IOException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The parent process {Pid} is gone: stopping.")]
    private partial void LogParentGone(int pid);
}
