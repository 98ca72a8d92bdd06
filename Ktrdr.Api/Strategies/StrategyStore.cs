using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Strategies;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Strategies;

/// <summary>Strategy documents by name and version, and by hash.</summary>
internal sealed class StrategyStore(KtrdrDatabase database)
{
    /// <summary>Stores a valid document; one whose content is known already is given back as it was stored first.</summary>
    public Task<StrategyRow> SaveAsync(StrategyDocument document, string author, CancellationToken cancellationToken)
        => database.InTransactionAsync(
            async () =>
            {
                var hash = StrategyHash.Of(document);
                await database.LockAsync(AdvisoryLocks.StrategyVersions, cancellationToken);
                if (await database.Strategies.SingleOrDefaultAsync(s => s.Hash == hash, cancellationToken) is { } known)
                {
                    return known;
                }

                var last = await database.Strategies.Where(s => s.Name == document.Name).MaxAsync(s => (int?)s.Version, cancellationToken) ?? 0;
                var yaml = StrategyWriter.ToYaml(document);
                var features = FeatureNames.Of(document).ToArray();
                await database.Database.ExecuteSqlAsync($"""
                    insert into strategies (hash, name, version, document, description, author, symbol, timeframe, features)
                    values ({hash}, {document.Name}, {last + 1}, {yaml}, {document.Description}, {author}, {document.TrainingData.Symbol}, {document.TrainingData.BaseTimeframe}, {features})
                    """, cancellationToken);
                return await database.Strategies.SingleAsync(s => s.Hash == hash, cancellationToken);
            },
            cancellationToken);

    /// <summary>By hash, whole or short, or by name: that version, or the latest.</summary>
    public async Task<StrategyRow?> FindAsync(string nameOrHash, int? version, CancellationToken cancellationToken)
    {
        var exact = await database.Strategies.Where(s => s.Hash == nameOrHash || (s.Name == nameOrHash && (version == null || s.Version == version)))
            .OrderByDescending(s => s.Hash == nameOrHash).ThenByDescending(s => s.Version).FirstOrDefaultAsync(cancellationToken);
        if (exact is not null || !ShortHash.Is(nameOrHash))
        {
            return exact;
        }

        var found = await database.Strategies.Where(s => s.Hash.StartsWith(nameOrHash)).Take(2).ToListAsync(cancellationToken);
        return found.Count == 1 ? found[0] : null;
    }

    public async Task<StrategyRow> RequireAsync(string nameOrHash, int? version, CancellationToken cancellationToken)
        => await FindAsync(nameOrHash, version, cancellationToken)
            ?? throw ApiException.NotFound("strategy", version is null ? nameOrHash : $"{nameOrHash} version {version}");

    /// <summary>The latest version of every name, by name.</summary>
    public async Task<Page<StrategySummary>> ListAsync(string? after, int limit, CancellationToken cancellationToken)
    {
        var rows = await database.Strategies
            .Where(s => after == null || string.Compare(s.Name, after) > 0)
            .Where(s => !database.Strategies.Any(o => o.Name == s.Name && o.Version > s.Version))
            .OrderBy(s => s.Name).Take(limit + 1).ToListAsync(cancellationToken);
        var page = rows.Take(limit).Select(ToSummary).ToList();
        return new Page<StrategySummary>(page, rows.Count > limit ? page[^1].Name : null);
    }

    public async Task<IReadOnlyList<StrategySummary>> ListVersionsAsync(string name, CancellationToken cancellationToken)
        => [.. (await database.Strategies.Where(s => s.Name == name).OrderBy(s => s.Version).ToListAsync(cancellationToken)).Select(ToSummary)];

    public static StrategyVersion ToVersion(StrategyRow row) => new()
    {
        Name = row.Name,
        Version = row.Version,
        Hash = row.Hash,
        Document = row.Document,
        Description = row.Description,
        Author = row.Author,
        CreatedAt = row.CreatedAt,
        Features = row.Features,
    };

    private static StrategySummary ToSummary(StrategyRow row) => new(row.Name, row.Version, row.Hash, row.Description, row.Author, row.CreatedAt);
}
