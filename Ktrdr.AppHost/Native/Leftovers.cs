using System.Diagnostics;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>Ends processes that a crashed host left behind.</summary>
internal static class Leftovers
{
    /// <summary>Asks the process to stop, and kills it when it does not.</summary>
    public static async Task EndAsync(ProcessIdentity process, int signal, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        UnixProcess.Signal(process.Pid, signal);
        while (process.IsAlive())
        {
            if (waited.Elapsed > timeout)
            {
                UnixProcess.Signal(process.Pid, UnixProcess.Kill);
            }

            await Task.Delay(50, cancellationToken).ConfigureAwait(false);
        }
    }
}
