using System.Security.Cryptography;
using System.Text;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>One sandbox's database files: created once, with our database, our roles and their passwords.</summary>
public sealed class PostgresCluster(string home, ServerUser user)
{
    /// <summary>Where data and programs go when the server's user cannot reach the sandbox's folder (root's home is closed to others).</summary>
    public const string SystemFolder = "/var/lib/ktrdr";

    private static readonly IReadOnlyList<(string Name, string Secret)> Roles =
    [
        (SandboxVariables.SuperuserRole, SandboxSecrets.PostgresSuperuserPassword),
        (SandboxVariables.OwnerRole, SandboxSecrets.PostgresOwnerPassword),
        (SandboxVariables.ApiRole, SandboxSecrets.PostgresApiPassword),
    ];

    /// <summary>The folder that belongs to the server's user and goes with the sandbox.</summary>
    public string Home { get; } = home;

    public string Data { get; } = Path.Combine(home, "data");

    public string LockFile => Path.Combine(Data, "postmaster.pid");

    /// <summary>A digest of the passwords that the roles have, so that new ones are noticed. It is written last: a cluster without it never served anybody.</summary>
    private string Marker => Path.Combine(Home, "prepared");

    /// <summary>Below the sandbox's folder where the server's user can reach that, else below <see cref="SystemFolder"/>.</summary>
    public static async Task<PostgresCluster> LocateAsync(SandboxFolder folder, string? known, ServerUser user, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder.Root);
        if (known is not null && Directory.Exists(known))
        {
            return new PostgresCluster(known, user);
        }

        if (await user.CanEnterAsync(folder.Root, cancellationToken).ConfigureAwait(false))
        {
            return new PostgresCluster(folder.Postgres, user);
        }

        // One folder per sandbox folder: several homes on one machine must not meet.
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder.Root)))[..16];
        return new PostgresCluster(Path.Combine(SystemFolder, name), user);
    }

    public string[]? ReadLockFile()
    {
        try
        {
            return File.ReadAllLines(LockFile);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Creates what is not there yet, and gives the roles the passwords of <paramref name="secrets"/>. The server must not run.</summary>
    /// <exception cref="SandboxException"><c>postgres_failed</c>.</exception>
    public async Task PrepareAsync(PostgresInstallation installation, SandboxSecrets secrets, CancellationToken cancellationToken)
    {
        var passwords = Digest(Roles.Select(role => secrets.Read(role.Secret)));
        var prepared = File.Exists(Marker) ? await File.ReadAllTextAsync(Marker, cancellationToken).ConfigureAwait(false) : null;
        if (prepared is null)
        {
            Delete();
            await CreateAsync(installation, secrets, cancellationToken).ConfigureAwait(false);
            await RunSqlAsync(
                installation,
                [.. Roles.Skip(1).Select(role => $"CREATE ROLE {role.Name} LOGIN;"), $"CREATE DATABASE {SandboxVariables.DatabaseName} OWNER {SandboxVariables.OwnerRole};"],
                cancellationToken).ConfigureAwait(false);
        }

        CheckVersion(installation);
        if (prepared != passwords)
        {
            await RunSqlAsync(installation, [.. Roles.Select(role => $"ALTER ROLE {role.Name} PASSWORD '{secrets.Read(role.Secret)}';")], cancellationToken).ConfigureAwait(false);
            await File.WriteAllTextAsync(Marker, passwords, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes everything; the server must not run.</summary>
    public void Delete()
    {
        if (Directory.Exists(Home))
        {
            Directory.Delete(Home, recursive: true);
        }
    }

    private async Task CreateAsync(PostgresInstallation installation, SandboxSecrets secrets, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Home)!);
        user.CreateOwnFolder(Home);

        // initdb reads the password from a file. It comes here by standard input, since an argument would show in every process list.
        const string Script = """
            umask 077
            cat > "$1/password" && "$2" -D "$1/data" --username="$3" --pwfile="$1/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C
            result=$?
            rm -f "$1/password"
            exit $result
            """;
        var (exitCode, output, error) = await user.RunAsync(
            ["/bin/sh", "-c", Script, "initdb", Home, installation.Program("initdb"), SandboxVariables.SuperuserRole],
            secrets.Read(SandboxSecrets.PostgresSuperuserPassword) + "\n",
            cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw Failed("initdb", error + output);
        }
    }

    /// <summary>PostgreSQL's single-user mode: no server, no port and no client is needed, and only the owner of the files can use it.</summary>
    private async Task RunSqlAsync(PostgresInstallation installation, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        var (exitCode, output, error) = await user.RunAsync(
            [installation.Program("postgres"), "--single", "-D", Data, "-c", "log_min_error_statement=panic", SandboxVariables.SuperuserRole],
            string.Join('\n', statements) + "\n",
            cancellationToken).ConfigureAwait(false);
        if (exitCode != 0 || error.Contains("ERROR:", StringComparison.Ordinal) || error.Contains("FATAL:", StringComparison.Ordinal))
        {
            throw Failed("the preparation of the database", error + output);
        }
    }

    /// <summary>Files of one major version cannot be served by another.</summary>
    private void CheckVersion(PostgresInstallation installation)
    {
        var version = File.ReadAllText(Path.Combine(Data, "PG_VERSION")).Trim();
        if (version != $"{installation.MajorVersion}")
        {
            throw new SandboxException("postgres_version", $"the data in {Home} are of PostgreSQL {version}, found was {installation.MajorVersion} ({installation.Bin}): set {PostgresInstallation.Variable} to a folder with version {version}, take another slot, or delete the data.");
        }
    }

    private static SandboxException Failed(string what, string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var reason = lines.FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase) || line.Contains("FATAL", StringComparison.Ordinal)) ?? lines.LastOrDefault();
        return new SandboxException("postgres_failed", $"{what} failed: {reason ?? "no reason was given"}");
    }

    private static string Digest(IEnumerable<string> passwords)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', passwords))));
}
