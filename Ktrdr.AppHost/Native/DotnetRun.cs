using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>The <c>dotnet run</c> that started this program, if one did. It passes signals on, but when it is killed itself nobody else would tell us.</summary>
internal static class DotnetRun
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Returns when that <c>dotnet run</c> is gone; never, if we were started in another way.</summary>
    public static async Task WaitForItsEndAsync(CancellationToken cancellationToken)
    {
        var parent = ProcessIdentity.Of(UnixProcess.ParentId());
        var words = parent is null ? [] : (await UnixProcess.CommandLineAsync(parent.Pid, cancellationToken).ConfigureAwait(false)).Split(' ');
        var isDotnetRun = words.Length > 1 && Path.GetFileNameWithoutExtension(words[0]) == "dotnet" && words.Contains("run");
        while (!isDotnetRun || parent!.IsAlive())
        {
            await Task.Delay(isDotnetRun ? Interval : Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        }
    }
}
