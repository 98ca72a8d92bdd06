using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Ktrdr.Cli.Commands;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.Cli.Connection;

/// <summary>Starts and stops the AppHost that runs a sandbox, detached from this terminal.</summary>
internal static class AppHostProcess
{
    private const int Terminate = 15;

    /// <summary>Builds the AppHost with everything it starts. Output goes to stderr only when it fails.</summary>
    public static async Task BuildAsync(string clone, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", ["build", Path.Combine(clone, "Ktrdr.AppHost"), "--verbosity", "quiet", "-nologo"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var build = Process.Start(start)!;
        var text = build.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = build.StandardError.ReadToEndAsync(cancellationToken);
        await build.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (build.ExitCode != 0)
        {
            Console.Error.Write(await text.ConfigureAwait(false) + await errors.ConfigureAwait(false));
            throw new UsageException("the AppHost does not build; the compiler's words are above.");
        }
    }

    /// <summary>Starts the AppHost in a session of its own, so that closing this terminal does not end it; its output goes to a log file.</summary>
    public static Process Start(string clone, IReadOnlyList<string> arguments, string log)
    {
        var dll = Path.Combine(AppContext.BaseDirectory, "..", "..", "Ktrdr.AppHost", Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar)), "Ktrdr.AppHost.dll");
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        if (OperatingSystem.IsWindows())
        {
            return Process.Start(new ProcessStartInfo("dotnet", [Path.GetFullPath(dll), .. arguments]) { WorkingDirectory = clone, CreateNoWindow = true })!;
        }

        // setsid where there is one (Linux); elsewhere ignoring SIGHUP does the same job.
        const string Script = "log=$1; shift; if command -v setsid >/dev/null 2>&1; then exec setsid \"$@\" >\"$log\" 2>&1 </dev/null; else exec nohup \"$@\" >\"$log\" 2>&1 </dev/null; fi";
        return Process.Start(new ProcessStartInfo("sh", ["-c", Script, "sh", log, "dotnet", Path.GetFullPath(dll), .. arguments]) { WorkingDirectory = clone })!;
    }

    /// <summary>Asks the sandbox's AppHost to stop everything and waits until it is gone.</summary>
    public static async Task StopAsync(ProcessIdentity appHost, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            using var process = Process.GetProcessById(appHost.Pid);
            process.Kill(entireProcessTree: true);
        }
        else if (Kill(appHost.Pid, Terminate) != 0 && appHost.IsAlive())
        {
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"process {appHost.Pid} cannot be signalled: it belongs to another user."));
        }

        var waited = Stopwatch.StartNew();
        while (appHost.IsAlive())
        {
            if (waited.Elapsed > patience)
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"the AppHost (process {appHost.Pid}) did not stop within {patience.TotalSeconds:0} s; its log says why."));
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
