using System.Buffers.Text;
using System.Security.Cryptography;

namespace Ktrdr.Contracts.Sandboxes;

/// <summary>The secrets of one sandbox: one file each, mode 0600, generated once by the operating system's random generator.</summary>
public sealed class SandboxSecrets(SandboxFolder folder)
{
    public const string AdminToken = "admin.token";
    public const string ResearcherToken = "researcher.token";
    public const string ReaderToken = "reader.token";
    public const string JoinToken = "join.token";
    public const string PostgresSuperuserPassword = "postgres-superuser.password";
    public const string PostgresOwnerPassword = "postgres-owner.password";
    public const string PostgresApiPassword = "postgres-api.password";
    public const string GrafanaAdminPassword = "grafana-admin.password";

    private const UnixFileMode OwnerReadsAndWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static IReadOnlyList<string> Names { get; } =
    [
        AdminToken, ResearcherToken, ReaderToken, JoinToken,
        PostgresSuperuserPassword, PostgresOwnerPassword, PostgresApiPassword,
        GrafanaAdminPassword,
    ];

    public string PathOf(string name) => Path.Combine(folder.Secrets, Names.Contains(name) ? name : throw new ArgumentException($"'{name}' is not a secret of a sandbox.", nameof(name)));

    /// <summary>Creates every secret that does not exist yet and closes those that others could read.</summary>
    public void Ensure()
    {
        CreateFolder();
        foreach (var path in Names.Select(PathOf))
        {
            if (!File.Exists(path))
            {
                Create(path);
            }
            else if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, OwnerReadsAndWrites);
            }
        }
    }

    /// <exception cref="SandboxException"><c>no_secret</c>: the sandbox was never started, or the file cannot be read by this user.</exception>
    public string Read(string name)
    {
        var path = PathOf(name);
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException("no_secret", $"the secret {path} cannot be read ({(error is UnauthorizedAccessException ? "permission denied" : "no such file: start the sandbox first")}).", error);
        }
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder.Secrets);
            return;
        }

        Directory.CreateDirectory(folder.Root);
        Directory.CreateDirectory(folder.Secrets, OwnerReadsAndWrites | UnixFileMode.UserExecute);
        File.SetUnixFileMode(folder.Secrets, OwnerReadsAndWrites | UnixFileMode.UserExecute);
    }

    private static void Create(string path)
    {
        // Written beside and moved, so that a crash never leaves an empty secret behind.
        var next = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerReadsAndWrites;
        }

        using (var writer = new StreamWriter(next, options))
        {
            writer.Write(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
        }

        File.Move(next, path, overwrite: false);
    }
}
