using System.Diagnostics.Metrics;
using Ktrdr.ServiceDefaults.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Ktrdr.ServiceDefaults.Metrics;

/// <summary>A folder that a service writes to: its disk's free space is a metric.</summary>
/// <param name="Name">What the metric calls it, for instance <c>artifacts</c>.</param>
public sealed record WatchedFolder(string Name, string Path);

public static class WatchedFolderRegistration
{
    public static IServiceCollection AddWatchedFolder(this IServiceCollection services, string name, string path)
        => services.AddSingleton(new WatchedFolder(name, path)).AddHostedService<DiskGauges>();
}

/// <summary>Free and whole space of the disks below the watched folders, read when somebody asks.</summary>
internal sealed class DiskGauges(IEnumerable<WatchedFolder> folders) : IHostedService, IDisposable
{
    private readonly Meter _meter = KtrdrTelemetry.Meter("Disk");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _meter.CreateObservableGauge("ktrdr.disk.free", () => Measure(drive => drive.AvailableFreeSpace), "By", "Space that this process may still use on the disk of a folder it writes to.");
        _meter.CreateObservableGauge("ktrdr.disk.size", () => Measure(drive => drive.TotalSize), "By", "Size of the disk of a folder that this process writes to.");
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _meter.Dispose();

    private List<Measurement<long>> Measure(Func<DriveInfo, long> read)
    {
        var measured = new List<Measurement<long>>();
        foreach (var folder in folders)
        {
            try
            {
                // Windows knows drives by their root, others by any path on them.
                var drive = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder.Path)! : folder.Path);
                measured.Add(new Measurement<long>(read(drive), new KeyValuePair<string, object?>("folder", folder.Name)));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A folder that is not there (yet, or any more) has no figure; the others keep theirs.
            }
        }

        return measured;
    }
}
