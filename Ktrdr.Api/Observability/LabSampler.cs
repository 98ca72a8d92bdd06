using System.Diagnostics;
using Ktrdr.Api.Research;
using Npgsql;

namespace Ktrdr.Api.Observability;

/// <summary>Samples the lab every two seconds, or less often where that takes long: it must never cost more than a twentieth of one connection's time.</summary>
internal sealed partial class LabSampler(LabReader reader, LabGauges gauges, ILogger<LabSampler> logger) : BackgroundService
{
    private const int PauseToWork = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ResearchMetrics.StartAtZero();
        while (!stoppingToken.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                gauges.Show(await reader.ReadAsync(stoppingToken));
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (error is NpgsqlException or TimeoutException)
            {
                gauges.Show(null);
                LogInterrupted(error.Message);
            }

            var pause = Stopwatch.GetElapsedTime(began) * PauseToWork;
            await Task.Delay(pause > Interval ? pause : Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the lab could not be sampled: {Reason}")]
    private partial void LogInterrupted(string reason);
}
