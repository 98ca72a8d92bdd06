using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>The few system calls that the base class library does not offer.</summary>
internal static partial class UnixProcess
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>Sends a signal; a process that is already gone is no error.</summary>
    public static void Signal(int pid, int signal) => _ = SendSignal(pid, signal);

    /// <summary>Sends a signal to every process of a group.</summary>
    public static void SignalGroup(int leader, int signal) => _ = SendSignal(-leader, signal);

    /// <summary>The arguments of a running process, separated by blanks; empty when there is no such process.</summary>
    public static async Task<string> CommandLineAsync(int pid, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            var (_, line, _) = await RunAsync(["ps", "-o", "args=", "-ww", "-p", pid.ToString(CultureInfo.InvariantCulture)], "", "/", TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false);
            return line.Trim();
        }

        try
        {
            return (await File.ReadAllTextAsync($"/proc/{pid}/cmdline", cancellationToken).ConfigureAwait(false)).Replace('\0', ' ').Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>The process that started this one.</summary>
    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentId();

    /// <summary>Gives a file or folder to another user.</summary>
    public static void ChangeOwner(string path, uint user, uint group)
    {
        if (ChangeOwnerOf(path, user, group) != 0)
        {
            throw new IOException($"{path} cannot be given to user {user} (error {Marshal.GetLastPInvokeError()}).");
        }
    }

    /// <summary>Runs a program to its end and gives exit code, output and error output. <paramref name="input"/> is its standard input.</summary>
    /// <exception cref="SandboxException"><c>cannot_run</c>: there is no such program.</exception>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        IReadOnlyList<string> command, string input, string workingFolder, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = StartInfo(command, workingFolder) };
        Start(process);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await WriteInputAsync(process, input).ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"`{command[0]}` did not end within {timeout.TotalSeconds:0} s.");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
    }

    /// <exception cref="SandboxException"><c>cannot_run</c>.</exception>
    public static void Start(Process process)
    {
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new SandboxException("cannot_run", $"`{process.StartInfo.FileName}` cannot be run: {error.Message}", error);
        }
    }

    public static ProcessStartInfo StartInfo(IReadOnlyList<string> command, string workingFolder)
    {
        var start = new ProcessStartInfo(Path.IsPathRooted(command[0]) ? command[0] : Executables.Find(command[0]) ?? command[0])
        {
            WorkingDirectory = workingFolder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    private static async Task WriteInputAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading everything; its exit code tells whether that is an error.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwnerOf(string path, uint user, uint group);
}
