using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Research;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Research;

/// <summary>Hypotheses and lessons, by memory scope.</summary>
internal sealed class MemoryStore(KtrdrDatabase database)
{
    private const int LongestText = 4_000;
    private const int MostLessons = 5_000;

    private static readonly string[] Relations = ["supports", "contradicts", "supersedes"];

    public async Task<IReadOnlyList<Lesson>> ListLessonsAsync(string? scope, CancellationToken cancellationToken)
    {
        // The newest, in the order in which they were learned.
        var documents = await database.Lessons.Where(l => scope == null || l.MemoryScope == scope).OrderByDescending(l => l.SavedAt).ThenByDescending(l => l.ExperimentId)
            .Take(MostLessons).Select(l => l.Document).ToListAsync(cancellationToken);
        documents.Reverse();
        return [.. documents.Select(Json.Read<Lesson>)];
    }

    public async Task<IReadOnlyList<Hypothesis>> ListHypothesesAsync(string? scope, CancellationToken cancellationToken)
        => [.. (await database.Hypotheses.Where(h => scope == null || h.MemoryScope == scope).OrderBy(h => h.CreatedAt).ThenBy(h => h.Id).Take(MostLessons).Select(h => h.Document).ToListAsync(cancellationToken)).Select(Json.Read<Hypothesis>)];

    /// <summary>Equal statements of a scope are one hypothesis, whatever their case and spacing.</summary>
    public async Task<Hypothesis> SaveHypothesisAsync(SaveHypothesisRequest request, CancellationToken cancellationToken)
    {
        RequireText("memory_scope", request.MemoryScope);
        RequireText("statement", request.Statement);
        var key = string.Join(' ', request.Statement.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        var now = DateTimeOffset.UtcNow;
        var hypothesis = new Hypothesis { Id = Ids.New("hyp"), MemoryScope = request.MemoryScope, Statement = request.Statement.Trim(), Rationale = request.Rationale, CreatedAt = now, UpdatedAt = now };
        await database.Database.ExecuteSqlRawAsync(
            "insert into hypotheses (id, memory_scope, statement_key, document) values (@id, @scope, @key, @document) on conflict (memory_scope, statement_key) do nothing",
            [new NpgsqlParameter("id", hypothesis.Id), new NpgsqlParameter("scope", hypothesis.MemoryScope), new NpgsqlParameter("key", key), Document(hypothesis)],
            cancellationToken);
        return Json.Read<Hypothesis>(await database.Hypotheses.Where(h => h.MemoryScope == request.MemoryScope && h.StatementKey == key).Select(h => h.Document).SingleAsync(cancellationToken));
    }

    /// <summary>The first lesson of an experiment stays, and is evidence once.</summary>
    public Task<Lesson> SaveLessonAsync(Lesson lesson, CancellationToken cancellationToken)
    {
        RequireText("memory_scope", lesson.MemoryScope);
        RequireText("claim", lesson.Claim);
        if (!Relations.Contains(lesson.Relation))
        {
            throw ApiException.Invalid("relation", lesson.Relation, string.Join(", ", Relations));
        }

        return database.InTransactionAsync(
            async () =>
            {
                if (!await database.Experiments.AnyAsync(e => e.Id == lesson.ExperimentId, cancellationToken))
                {
                    throw ApiException.NotFound("experiment", lesson.ExperimentId);
                }

                var saved = lesson with { SavedAt = DateTimeOffset.UtcNow };
                var inserted = await database.Database.ExecuteSqlRawAsync(
                    "insert into lessons (experiment_id, memory_scope, document) values (@id, @scope, @document) on conflict do nothing",
                    [new NpgsqlParameter("id", saved.ExperimentId), new NpgsqlParameter("scope", saved.MemoryScope), Document(saved)],
                    cancellationToken);
                if (inserted == 0)
                {
                    return Json.Read<Lesson>(await database.Lessons.Where(l => l.ExperimentId == lesson.ExperimentId).Select(l => l.Document).SingleAsync(cancellationToken));
                }

                if (saved.HypothesisId is not null)
                {
                    await CountEvidenceAsync(saved, cancellationToken);
                }

                return saved;
            },
            cancellationToken);
    }

    private async Task CountEvidenceAsync(Lesson lesson, CancellationToken cancellationToken)
    {
        var rows = await database.Hypotheses.FromSql($"select * from hypotheses where id = {lesson.HypothesisId} for update").ToListAsync(cancellationToken);
        var hypothesis = Json.Read<Hypothesis>(rows.SingleOrDefault()?.Document ?? throw ApiException.NotFound("hypothesis", lesson.HypothesisId!));
        var (supporting, contradicting) = (hypothesis.Supporting + (lesson.Relation == "supports" ? 1 : 0), hypothesis.Contradicting + (lesson.Relation == "contradicts" ? 1 : 0));
        var weighed = hypothesis with
        {
            Supporting = supporting,
            Contradicting = contradicting,
            Status = supporting > contradicting ? "supported" : contradicting > supporting ? "refuted" : "untested",
            Experiments = [.. hypothesis.Experiments, lesson.ExperimentId],
            UpdatedAt = DateTimeOffset.UtcNow,
        };
        await database.Database.ExecuteSqlRawAsync(
            "update hypotheses set document = @document where id = @id", [new NpgsqlParameter("id", hypothesis.Id), Document(weighed)], cancellationToken);
    }

    private static void RequireText(string field, string text)
    {
        if (string.IsNullOrWhiteSpace(text) || text.Length > LongestText)
        {
            throw ApiException.Invalid(field, text, $"1 to {LongestText} characters");
        }
    }

    private static NpgsqlParameter Document<T>(T document) => new("document", NpgsqlDbType.Jsonb) { Value = Json.Write(document) };
}
