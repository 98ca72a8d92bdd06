using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>
/// Files under their own hash. Written to a temporary name, flushed to the disk, renamed, the folder flushed, then the row committed:
/// a loss of power between any two steps leaves either the whole file or one that nothing points at, which <see cref="OrphanFiles"/> removes.
/// </summary>
internal sealed partial class ArtifactStore(KtrdrDatabase database, ArtifactFolder folder)
{
    public static bool IsHash(string text) => HashPattern().IsMatch(text);

    /// <summary>Stores the stream's bytes if their hash is the one announced.</summary>
    public async Task<ArtifactStored> PutAsync(string sha256, Stream content, CancellationToken cancellationToken)
    {
        RequireHash(sha256);

        // Young artifacts are never swept, so what is put now is still there when the row that needs it comes.
        await database.Database.ExecuteSqlAsync($"update artifacts set last_put_at = now() where sha256 = {sha256}", cancellationToken);
        var path = folder.PathOf(sha256);
        var temporary = Path.Combine(folder.Incoming, Guid.NewGuid().ToString("N"));
        long bytes = 0;
        try
        {
            await using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = 0 }))
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                var buffer = new byte[128 * 1024];
                int read;
                while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    hash.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    bytes += read;
                }

                var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
                if (actual != sha256)
                {
                    throw new ApiException(400, ErrorCodes.InvalidData, $"sha256 = {sha256} does not fit the body, whose hash is {actual}") { Field = "sha256", Allowed = actual };
                }

                file.Flush(flushToDisk: true);
            }

            await database.InTransactionAsync(
                async () =>
                {
                    // The row is locked until the file is in place: whoever removes files without a row sees both or neither.
                    await AddRowAsync(sha256, bytes, cancellationToken);
                    File.Move(temporary, path, overwrite: true);
                    ArtifactFolder.FlushDirectory(Path.GetDirectoryName(path)!);
                },
                cancellationToken);
        }
        finally
        {
            File.Delete(temporary);
        }

        return new ArtifactStored(sha256, bytes);
    }

    /// <summary>Stores bytes that the Api made itself.</summary>
    public async Task<string> PutAsync(byte[] content, CancellationToken cancellationToken)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        using var stream = new MemoryStream(content, writable: false);
        await PutAsync(sha256, stream, cancellationToken);
        return sha256;
    }

    public Task<ArtifactRow?> FindAsync(string sha256, CancellationToken cancellationToken)
    {
        RequireHash(sha256);
        return database.Artifacts.SingleOrDefaultAsync(a => a.Sha256 == sha256, cancellationToken);
    }

    /// <summary>Keeps the artifact until the caller's transaction ends, in which a row begins to need it.</summary>
    /// <exception cref="ApiException">410: it is not there any more. An outcome that waited so long for the Api that its files are gone is not wanted: the operation runs again.</exception>
    public async Task HoldAsync(string field, string sha256, CancellationToken cancellationToken)
    {
        RequireHash(sha256);
        if (await database.Database.SqlQuery<int>($"select 1 as \"Value\" from artifacts where sha256 = {sha256} for share").CountAsync(cancellationToken) == 0)
        {
            throw Gone(field, sha256);
        }
    }

    public static ApiException Gone(string field, string sha256)
        => new(410, ErrorCodes.NotFound, $"{field} = {ApiException.Shown(sha256)} is no stored artifact; allowed: one that was put within the last hour") { Field = field };

    /// <summary>The path of a stored file, for reading.</summary>
    /// <exception cref="ApiException">410: the row is there and the bytes are not.</exception>
    public string PathOf(string sha256) => File.Exists(folder.PathOf(sha256))
        ? folder.PathOf(sha256)
        : throw new ApiException(410, ErrorCodes.NotFound, $"the bytes of artifact {sha256} are missing on this machine's disk");

    /// <summary>From now on no route serves these bytes.</summary>
    public Task SealAsync(string sha256, CancellationToken cancellationToken)
        => database.Database.ExecuteSqlAsync($"update artifacts set sealed = true where sha256 = {sha256}", cancellationToken);

    private Task AddRowAsync(string sha256, long bytes, CancellationToken cancellationToken)
        => database.Database.ExecuteSqlAsync($"insert into artifacts (sha256, bytes) values ({sha256}, {bytes}) on conflict (sha256) do update set last_put_at = now()", cancellationToken);

    private static void RequireHash(string sha256)
    {
        if (!IsHash(sha256))
        {
            throw ApiException.Invalid("sha256", sha256, "64 lower-case hex digits");
        }
    }

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex HashPattern();
}

/// <summary>Where artifacts lie: <c>artifacts/ab/abcd…</c> below the sandbox's folder.</summary>
internal sealed class ArtifactFolder
{
    private readonly string _root;

    public ArtifactFolder(string root)
    {
        _root = root;
        Incoming = Path.Combine(root, "incoming");
        Directory.CreateDirectory(Incoming);
    }

    public string Incoming { get; }

    /// <summary>Files that lie where artifacts lie and were last written before this time, with the hashes they are named by.</summary>
    public IEnumerable<FileInfo> WrittenBefore(DateTime utc) => new DirectoryInfo(_root).EnumerateDirectories("??")
        .SelectMany(directory => directory.EnumerateFiles())
        .Where(file => ArtifactStore.IsHash(file.Name) && file.Directory!.Name == file.Name[..2] && file.LastWriteTimeUtc < utc);

    /// <param name="sha256">Checked by the caller: it becomes a path.</param>
    public string PathOf(string sha256)
    {
        var directory = Path.Combine(_root, sha256[..2]);
        Directory.CreateDirectory(directory);
        return Path.Combine(directory, sha256);
    }

    /// <summary>Makes a rename durable: on Linux the directory itself must be flushed.</summary>
    public static void FlushDirectory(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // .NET opens files only, so the system's own calls do it.
        var handle = Open(directory, ReadOnly);
        if (handle < 0)
        {
            throw new IOException($"{directory} cannot be opened to flush it (error {Marshal.GetLastPInvokeError()}).");
        }

        try
        {
            if (Fsync(handle) != 0)
            {
                throw new IOException($"{directory} cannot be flushed (error {Marshal.GetLastPInvokeError()}).");
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private const int ReadOnly = 0;

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Fsync(int handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int handle);
}
