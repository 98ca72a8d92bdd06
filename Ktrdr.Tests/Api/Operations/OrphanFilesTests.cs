using System.Security.Cryptography;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

/// <summary>Files that an Api left behind between their place and their row.</summary>
public sealed class OrphanFilesTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    [PostgresFact]
    public async Task RemoveAsync_FileWithoutARow_GoesOnceItIsOld()
    {
        var (orphan, known) = (Place("orphan"u8.ToArray()), await PutAsync("known"u8.ToArray()));

        await RemoveAsync(OrphanFiles.Age - Margin);
        Assert.True(File.Exists(orphan));

        await RemoveAsync(OrphanFiles.Age + Margin);
        Assert.False(File.Exists(orphan));
        Assert.True(File.Exists(known));
        Assert.Equal(0L, await fixture.SqlAsync($"select count(*) from artifacts where sha256 = '{Path.GetFileName(orphan)}'"));
    }

    [PostgresFact]
    public async Task RemoveAsync_UploadThatNobodyFinished_GoesOnceItIsOld()
    {
        var upload = Path.Combine(Folder.Incoming, "left");
        await File.WriteAllTextAsync(upload, "half");

        await RemoveAsync(OrphanFiles.UploadAge - Margin);
        Assert.True(File.Exists(upload));

        await RemoveAsync(OrphanFiles.UploadAge + Margin);
        Assert.False(File.Exists(upload));
    }

    [PostgresFact]
    public async Task RemoveAsync_WhatIsNoArtifact_IsLeftAlone()
    {
        var foreign = Path.Combine(Path.GetDirectoryName(Place("neighbour"u8.ToArray()))!, "notes.txt");
        await File.WriteAllTextAsync(foreign, "mine");

        await RemoveAsync(OrphanFiles.Age + Margin);

        Assert.True(File.Exists(foreign));
    }

    [PostgresFact]
    public async Task RemoveAsync_WhileTheRowIsBeingWritten_WaitsAndLeavesTheFile()
    {
        // The file lies there since long ago; somebody puts the same bytes again and has not committed yet.
        var orphan = Place("raced"u8.ToArray());
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<KtrdrDatabase>();
        Task removing;
        await using (var putting = await database.Database.BeginTransactionAsync())
        {
            await database.Database.ExecuteSqlAsync($"insert into artifacts (sha256, bytes) values ({Path.GetFileName(orphan)}, 5)");
            removing = RemoveAsync(OrphanFiles.Age + Margin);
            await Eventually.TrueAsync(
                async () => removing.IsCompleted || await fixture.SqlAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") is > 0L,
                () => "the removal waits for the row");
            await putting.CommitAsync();
        }

        await removing;
        Assert.True(File.Exists(orphan));
    }

    [PostgresFact]
    public async Task PutAsync_SameBytesAsAnOrphan_KeepThemAndTheirRow()
    {
        var orphan = Place("again"u8.ToArray());

        Assert.Equal(orphan, await PutAsync("again"u8.ToArray()));
        await RemoveAsync(OrphanFiles.Age + Margin);

        Assert.True(File.Exists(orphan));
    }

    private ArtifactFolder Folder => fixture.Api.Services.GetRequiredService<ArtifactFolder>();

    /// <summary>What a killed Api leaves: the bytes in their place and no row.</summary>
    private string Place(byte[] bytes)
    {
        var path = Folder.PathOf(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private async Task<string> PutAsync(byte[] bytes)
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        return Folder.PathOf(await scope.ServiceProvider.GetRequiredService<ArtifactStore>().PutAsync(bytes, CancellationToken.None));
    }

    /// <summary>Removes as it would be done so much later.</summary>
    private async Task RemoveAsync(TimeSpan later)
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        var orphans = new OrphanFiles(scope.ServiceProvider.GetRequiredService<KtrdrDatabase>(), Folder, new Later(later), NullLogger<OrphanFiles>.Instance);
        await orphans.RemoveAsync(CancellationToken.None);
    }

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
