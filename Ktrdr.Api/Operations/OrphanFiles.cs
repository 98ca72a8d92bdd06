using Ktrdr.Api.Persistence;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Operations;

/// <summary>
/// Removes files that no row knows: what an Api put in place and was killed before its row stood, or whose transaction was rolled back,
/// and uploads that nobody finished.
/// </summary>
internal sealed partial class OrphanFiles(KtrdrDatabase database, ArtifactFolder folder, TimeProvider time, ILogger<OrphanFiles> logger)
{
    /// <summary>Nobody waits this long between a file and its row; it leaves time to put back a database that was restored from the wrong day.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromDays(1);

    /// <summary>An upload that has not grown for this long has nobody at its other end.</summary>
    public static readonly TimeSpan UploadAge = TimeSpan.FromHours(1);

    private const int Batch = 1000;

    public async Task RemoveAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var (files, bytes) = (0, 0L);
        foreach (var old in folder.WrittenBefore(now - Age).Chunk(Batch))
        {
            var names = old.Select(file => file.Name).ToArray();
            var known = await database.Database.SqlQuery<string>($"select sha256 as \"Value\" from artifacts where sha256 = any({names})").ToHashSetAsync(cancellationToken);
            foreach (var file in old.Where(file => !known.Contains(file.Name)))
            {
                if (await RemoveAsync(file, now - Age, cancellationToken))
                {
                    (files, bytes) = (files + 1, bytes + file.Length);
                }
            }
        }

        foreach (var upload in new DirectoryInfo(folder.Incoming).EnumerateFiles().Where(file => file.LastWriteTimeUtc < now - UploadAge))
        {
            (files, bytes) = (files + 1, bytes + upload.Length);
            upload.Delete();
        }

        if (files > 0)
        {
            LogRemoved(files, bytes);
        }
    }

    /// <summary>Takes the row's place while the file goes, so that whoever puts the same bytes now waits, and then puts them anew. False where a row is there by now, or the file is young.</summary>
    private async Task<bool> RemoveAsync(FileInfo file, DateTime before, CancellationToken cancellationToken)
    {
        await using var place = await database.Database.BeginTransactionAsync(cancellationToken);
        var taken = await database.Database.ExecuteSqlAsync($"insert into artifacts (sha256, bytes) values ({file.Name}, 0) on conflict (sha256) do nothing", cancellationToken);
        if (taken == 0 || File.GetLastWriteTimeUtc(file.FullName) >= before)
        {
            return false;
        }

        File.Delete(file.FullName);
        await place.RollbackAsync(cancellationToken);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "removed {Files} files of {Bytes} bytes that no row knows")]
    private partial void LogRemoved(int files, long bytes);
}
