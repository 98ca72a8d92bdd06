using System.Diagnostics;
using Ktrdr.Api.Research;

namespace Ktrdr.Api.Observability;

/// <summary>Samples the lab every second, or less often where that takes long: it is to cost a small part of one connection's time, however much there is to count.</summary>
internal sealed partial class LabSampler(LabReader reader, LabGauges gauges, ILogger<LabSampler> logger) : BackgroundService
{
    private const int PauseToWork = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ResearchMetrics.StartAtZero();
        var before = TimeSpan.Zero;
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
            catch (Exception error)
            {
                // Whatever it is: a service must not end because nobody can count what it does.
                gauges.Show(null);
                LogInterrupted($"{error.GetType().Name}: {error.Message}");
            }

            // One slow sample is an accident (the first one always is), two in a row are the rule.
            var took = Stopwatch.GetElapsedTime(began);
            var pause = PauseToWork * (took < before ? took : before);
            before = took;
            await Task.Delay(pause < Interval ? Interval : pause > Longest ? Longest : pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the lab could not be sampled: {Reason}")]
    private partial void LogInterrupted(string reason);
}
