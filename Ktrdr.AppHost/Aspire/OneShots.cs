using Aspire.Hosting.ApplicationModel;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>Waiting for programs that run to their end.</summary>
internal static class OneShots
{
    /// <param name="after">An end before this moment is one of an earlier run.</param>
    /// <exception cref="SandboxException"><c>start_failed</c>: it could not be started, or did not end with exit code 0.</exception>
    public static async Task WaitAsync(ResourceNotificationService notifications, string name, DateTime after, CancellationToken cancellationToken)
    {
        var ended = await notifications.WaitForResourceAsync(name, update => HasEnded(update.Snapshot, after), cancellationToken).ConfigureAwait(false);
        if (ended.Snapshot.State?.Text == KnownResourceStates.FailedToStart || ended.Snapshot.ExitCode is not (null or 0))
        {
            throw new SandboxException("start_failed", $"{name} ended as {ended.Snapshot.State?.Text} with exit code {ended.Snapshot.ExitCode}: see its log on Aspire's dashboard.");
        }
    }

    internal static bool HasEnded(CustomResourceSnapshot snapshot, DateTime after)
        => snapshot.State?.Text is { } state && KnownResourceStates.TerminalStates.Contains(state)
            && (state == KnownResourceStates.FailedToStart || snapshot.StopTimeStamp is not { } stopped || stopped.ToUniversalTime() >= after);
}
