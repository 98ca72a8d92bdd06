using System.Diagnostics;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>Starts a program so that it never outlives its starter, however that ends, and so that a Ctrl+C in the terminal does not reach it.</summary>
/// <remarks>
/// The program leads a session (or at least a process group) of its own, and a watcher in that group holds the reading end of a pipe whose writing end
/// only the starter has. When the starter is gone, even by <c>kill -9</c>, the kernel closes the pipe: the watcher then sends the stop signal,
/// and when the program is gone, or after 15 s, kills what is left of the group, itself included.
/// The shell replaces itself by the program, so the started process id is the program's own.
/// </remarks>
internal static class Launch
{
    private const string Script = """
        exec 3<&0
        (
          trap '' INT TERM HUP QUIT
          read -r _ <&3
          kill -s "$1" $$
          n=0
          while [ $n -lt 150 ] && kill -0 $$; do sleep 0.1; n=$((n+1)); done
          kill -s KILL -- -$$
        ) </dev/null >/dev/null 2>&1 &
        shift
        exec "$@" </dev/null 3<&-
        """;

    /// <param name="stopSignal">Name without SIG, for instance <c>TERM</c>.</param>
    /// <exception cref="SandboxException"><c>missing_prerequisite</c>: this machine has no way to give a program a group of its own.</exception>
    public static ProcessStartInfo StartInfo(IReadOnlyList<string> command, string stopSignal, string workingFolder)
        => UnixProcess.StartInfo([.. OwnGroup(), "/bin/sh", "-c", Script, "ktrdr-launch", stopSignal, .. command], workingFolder);

    private static string[] OwnGroup()
        => Executables.Find("setsid") is { } setsid ? [setsid]
            : Executables.Find("perl") is { } perl ? [perl, "-e", "setpgrp(0, 0); exec @ARGV", "--"]
            : throw new SandboxException("missing_prerequisite", "`setsid` is missing: install it with `apt-get install util-linux` (or perl, on a Mac).");
}
