using System.Globalization;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>The user that runs PostgreSQL, which refuses root: ourselves, or another one when we are root.</summary>
public sealed class ServerUser
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(20);

    private ServerUser(string name, (uint User, uint Group)? ids, IReadOnlyList<string> prefix)
    {
        Name = name;
        Ids = ids;
        Prefix = prefix;
    }

    public string Name { get; }

    /// <summary>What to put before a command so that this user runs it; it replaces itself by the command.</summary>
    public IReadOnlyList<string> Prefix { get; }

    /// <summary>Null when it is ourselves.</summary>
    private (uint User, uint Group)? Ids { get; }

    /// <exception cref="SandboxException"><c>missing_prerequisite</c>: we are root and there is no way to be somebody else.</exception>
    public static async Task<ServerUser> ChooseAsync(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return new ServerUser(Environment.UserName, null, []);
        }

        var setpriv = Executables.Find("setpriv")
            ?? throw new SandboxException("missing_prerequisite", "PostgreSQL does not run as root and `setpriv` is missing to run it as another user: install it with `apt-get install util-linux`, or start as an ordinary user.");
        foreach (var name in (string[])["postgres", "nobody"])
        {
            if (await IdAsync("-u", name, cancellationToken).ConfigureAwait(false) is { } user
                && await IdAsync("-g", name, cancellationToken).ConfigureAwait(false) is { } group)
            {
                return new ServerUser(name, (user, group), [setpriv, $"--reuid={user}", $"--regid={group}", "--clear-groups", "--"]);
            }
        }

        throw new SandboxException("missing_prerequisite", "PostgreSQL does not run as root and there is neither a user postgres nor a user nobody: create one with `useradd --system postgres`, or start as an ordinary user.");
    }

    /// <summary>Whether this user may enter the folder; every parent counts.</summary>
    public async Task<bool> CanEnterAsync(string folder, CancellationToken cancellationToken)
    {
        var (exitCode, _, _) = await RunAsync(["/bin/sh", "-c", "cd \"$1\"", "enter", folder], "", cancellationToken).ConfigureAwait(false);
        return exitCode == 0;
    }

    /// <summary>Creates a folder that only this user can read.</summary>
    public void CreateOwnFolder(string path)
    {
        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        if (Ids is { } ids)
        {
            UnixProcess.ChangeOwner(path, ids.User, ids.Group);
        }
    }

    public Task<(int ExitCode, string Output, string Error)> RunAsync(IReadOnlyList<string> command, string input, CancellationToken cancellationToken)
        => UnixProcess.RunAsync([.. Prefix, .. command], input, "/", CommandTimeout, cancellationToken);

    private static async Task<uint?> IdAsync(string what, string name, CancellationToken cancellationToken)
    {
        var (exitCode, output, _) = await UnixProcess.RunAsync(["id", what, name], "", "/", CommandTimeout, cancellationToken).ConfigureAwait(false);
        return exitCode == 0 ? uint.Parse(output.Trim(), CultureInfo.InvariantCulture) : null;
    }
}
