using System.Diagnostics;

namespace Ktrdr.AppHost.Native;

/// <summary>Runs a program to its end, with the same care as a supervised one: it does not outlive us.</summary>
internal static class OneShotProcess
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(ProcessPlan plan, RotatingLog log, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = Launch.StartInfo(plan.Command, plan.StopSignal.Name, plan.WorkingFolder) };
        foreach (var (name, value) in plan.Environment)
        {
            process.StartInfo.Environment[name] = value;
        }

        UnixProcess.Start(process);
        var pid = process.Id;
        var output = CopyOutputAsync(process, log);
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            UnixProcess.Signal(pid, plan.StopSignal.Number);
            await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(plan.StopTimeout, CancellationToken.None)).ConfigureAwait(false);
            UnixProcess.SignalGroup(pid, UnixProcess.Kill);
            throw;
        }

        UnixProcess.SignalGroup(pid, UnixProcess.Kill);
        await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1), CancellationToken.None)).ConfigureAwait(false);
        return process.ExitCode;
    }

    /// <summary>Copies what the program writes into its log until it writes no more.</summary>
    internal static Task CopyOutputAsync(Process process, RotatingLog log)
    {
        return Task.WhenAll(CopyAsync(process.StandardOutput, isError: false), CopyAsync(process.StandardError, isError: true));

        async Task CopyAsync(StreamReader reader, bool isError)
        {
            while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                log.WriteLine(line, isError);
            }
        }
    }
}
