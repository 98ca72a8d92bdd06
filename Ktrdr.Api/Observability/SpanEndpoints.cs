using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Ktrdr.ServiceDefaults.Telemetry;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Observability;

/// <summary>The sandbox's own trace store and the scrape targets.</summary>
internal static class SpanEndpoints
{
    private const int MostSpans = 2_000;

    public static void MapObservability(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/telemetry/spans", async (IReadOnlyList<TraceSpan> spans, SpanStore store, CancellationToken ct) =>
        {
            if (spans.Count > MostSpans)
            {
                throw ApiException.Invalid("spans", spans.Count, $"at most {MostSpans} in one request");
            }

            if (spans.Any(span => span is null))
            {
                throw ApiException.Invalid("spans", "a list with null", "a list of spans");
            }

            await store.AddAsync(spans, ct);
            return Results.NoContent();
        }).Requires(Access.Store).WithTags("observability");
        routes.MapGet("/api/v1/operations/{id}/trace", async (string id, OperationStore operations, SpanStore store, CancellationToken ct) =>
        {
            var operation = await operations.RequireAsync(id, ct);
            return operation.TraceId is null ? [] : await store.OfTraceAsync(operation.TraceId, ct);
        }).Requires(Access.Read).WithTags("operations");
        routes.MapGet("/api/v1/prometheus/targets", TargetsAsync).Requires(Access.Read).WithTags("observability");
    }

    private static async Task<IReadOnlyList<PrometheusTargets>> TargetsAsync(HttpContext context, KtrdrDatabase database, CancellationToken cancellationToken)
    {
        var workers = await database.Workers.OrderBy(w => w.WorkerId).Select(w => new { w.WorkerId, w.EndpointUrl, w.Kinds }).ToListAsync(cancellationToken);
        var targets = new List<PrometheusTargets> { new([context.Request.Host.Value!], new Dictionary<string, string> { ["job"] = "ktrdr-api" }) };
        targets.AddRange(workers.Select(w => new PrometheusTargets(
            [new Uri(w.EndpointUrl).Authority],
            new Dictionary<string, string> { ["job"] = "ktrdr-worker", ["worker_id"] = w.WorkerId, ["kinds"] = string.Join('-', w.Kinds) })));
        return targets;
    }
}

internal sealed class SpanStore(KtrdrDatabase database)
{
    public async Task AddAsync(IReadOnlyList<TraceSpan> spans, CancellationToken cancellationToken)
    {
        if (spans.Count == 0)
        {
            return;
        }

        // Repeated spans are kept once: a batch is sent again when its answer was lost.
        await database.Database.ExecuteSqlRawAsync(
            """
            insert into spans (trace_id, span_id, parent_span_id, service, name, started_at, milliseconds, status, attributes)
            select t, s, p, v, n, a, m, u, j::jsonb
            from unnest(@trace, @span, @parent, @service, @name, @started, @milliseconds, @status, @attributes) as x (t, s, p, v, n, a, m, u, j)
            on conflict do nothing
            """,
            [
                Texts("trace", spans.Select(s => s.TraceId)), Texts("span", spans.Select(s => s.SpanId)), Texts("parent", spans.Select(s => s.ParentSpanId)),
                Texts("service", spans.Select(s => s.Service)), Texts("name", spans.Select(s => s.Name)),
                new NpgsqlParameter("started", NpgsqlDbType.Array | NpgsqlDbType.TimestampTz) { Value = spans.Select(s => s.StartedAt.UtcDateTime).ToArray() },
                new NpgsqlParameter("milliseconds", NpgsqlDbType.Array | NpgsqlDbType.Double) { Value = spans.Select(s => s.Milliseconds).ToArray() },
                Texts("status", spans.Select(s => s.Status)), Texts("attributes", spans.Select(s => s.Attributes is null ? null : Json.Write(s.Attributes))),
            ],
            cancellationToken);
    }

    public async Task<IReadOnlyList<TraceSpan>> OfTraceAsync(string traceId, CancellationToken cancellationToken)
    {
        var rows = await database.Spans.Where(s => s.TraceId == traceId).OrderBy(s => s.StartedAt).ThenBy(s => s.SpanId).Take(10_000).ToListAsync(cancellationToken);
        return [.. rows.Select(r => new TraceSpan(r.TraceId, r.SpanId, r.ParentSpanId, r.Service, r.Name, r.StartedAt, r.Milliseconds)
        {
            Status = r.Status,
            Attributes = r.Attributes is null ? null : Json.Read<Dictionary<string, string>>(r.Attributes),
        })];
    }

    private static NpgsqlParameter Texts(string name, IEnumerable<string?> values) => new(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = values.ToArray() };
}

/// <summary>Keeps the Api's own spans where those of the workers are.</summary>
internal sealed class OwnSpans(IServiceScopeFactory scopes) : ISpanStore
{
    public async Task StoreAsync(IReadOnlyList<FinishedSpan> spans, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<SpanStore>();
        await store.AddAsync(
            [.. spans.Select(s => new TraceSpan(s.TraceId, s.SpanId, s.ParentSpanId, s.Service, s.Name, s.StartedAt, s.Milliseconds) { Status = s.Status, Attributes = s.Attributes })],
            cancellationToken);
    }
}
