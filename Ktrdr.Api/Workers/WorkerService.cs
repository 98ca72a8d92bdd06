using System.Net;
using System.Text.RegularExpressions;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Contracts.Workers;
using Ktrdr.ServiceDefaults.Security;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Workers;

/// <summary>Registration, heartbeats and drain.</summary>
internal sealed partial class WorkerService(KtrdrDatabase database, OperationService operations, OperationSignals signals, ApiSecrets secrets, Leases leases, IConfiguration configuration)
{
    /// <summary>Comma-separated hosts that workers may be reached at although their registration comes from elsewhere.</summary>
    public const string AllowedHosts = SandboxVariables.WorkerHosts;

    private const int MostSlots = 64;

    /// <summary>Enters the worker, or enters it again after a restart of either side. What it does not list it has lost.</summary>
    public async Task<WorkerRegistered> RegisterAsync(WorkerRegistration registration, Caller caller, IPAddress? peer, CancellationToken cancellationToken)
    {
        Check(registration, peer);
        if (caller.Role == Role.Worker && caller.WorkerId != registration.WorkerId)
        {
            throw new ApiException(403, ErrorCodes.Forbidden, $"worker_id = {registration.WorkerId} is not the worker whose secret was given") { Field = "worker_id", Allowed = caller.WorkerId };
        }

        var answer = await database.InTransactionAsync(() => RegisterLockedAsync(registration, caller, cancellationToken), cancellationToken);
        signals.Raise("");
        return answer;
    }

    public async Task<HeartbeatAnswer> HeartbeatAsync(string id, WorkerHeartbeat heartbeat, CancellationToken cancellationToken)
    {
        var ids = heartbeat.Running.Select(r => r.OperationId).ToArray();
        var attempts = heartbeat.Running.Select(r => r.Attempt).ToArray();
        var progress = heartbeat.Running.Select(r => r.Progress is null ? null : Json.Write(r.Progress)).ToArray();
        var seen = await database.Database.SqlQuery<bool>($"update workers set last_seen_at = now(), draining = draining or {heartbeat.Draining} where worker_id = {id} returning draining as \"Value\"").ToListAsync(cancellationToken);
        if (seen.Count == 0)
        {
            throw ApiException.NotFound("worker", id);
        }

        // Only what is listed is renewed; what is listed and does not belong to this worker any more must stop.
        var renewed = await database.Database.SqlQueryRaw<RenewedRow>(
            """
            update operations o set
                lease_expires_at = now() + case when o.status = 'dispatched' then @dispatched else @running end,
                progress = coalesce(h.progress::jsonb, o.progress)
            from unnest(@ids, @attempts, @progress) as h (id, attempt, progress)
            where o.id = h.id and o.attempt = h.attempt and o.worker_id = @worker and o.status in ('dispatched', 'running', 'cancelling')
            returning o.id as "Id", o.attempt as "Attempt", o.status as "Status", o.cancel_reason as "Reason"
            """,
            new NpgsqlParameter("dispatched", NpgsqlDbType.Interval) { Value = leases.Dispatched },
            new NpgsqlParameter("running", NpgsqlDbType.Interval) { Value = leases.Running },
            new NpgsqlParameter("ids", NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = ids },
            new NpgsqlParameter("attempts", NpgsqlDbType.Array | NpgsqlDbType.Integer) { Value = attempts },
            new NpgsqlParameter("progress", NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = progress },
            new NpgsqlParameter("worker", id)).ToListAsync(cancellationToken);
        var known = renewed.Select(r => (r.Id, r.Attempt)).ToHashSet();
        return new HeartbeatAnswer(
            [.. renewed.Where(r => r.Status == "cancelling").Select(r => new CancelledAttempt(r.Id, r.Attempt, r.Reason))],
            [.. heartbeat.Running.Where(r => !known.Contains((r.OperationId, r.Attempt))).Select(r => new AttemptReference(r.OperationId, r.Attempt))],
            seen[0]);
    }

    public async Task DrainAsync(string id, CancellationToken cancellationToken)
    {
        if (await database.Database.ExecuteSqlAsync($"update workers set draining = true where worker_id = {id}", cancellationToken) == 0)
        {
            throw ApiException.NotFound("worker", id);
        }
    }

    private async Task<WorkerRegistered> RegisterLockedAsync(WorkerRegistration registration, Caller caller, CancellationToken cancellationToken)
    {
        var id = registration.WorkerId;
        var known = await database.Workers.FromSql($"select * from workers where worker_id = {id} for update").SingleOrDefaultAsync(cancellationToken);
        if (known is not null && caller.Role == Role.Joiner)
        {
            await RequireSilentAsync(id, cancellationToken);
        }

        // The join token makes a new secret: whoever held the old one is out.
        var nonce = known is not null && caller.Role == Role.Worker ? known.Nonce : Secret.Create();
        await StoreAsync(registration, nonce, cancellationToken);
        var held = await KeepListedAsync(registration, cancellationToken);
        await CutSlotsAsync(id, registration.Slots, cancellationToken);
        return new WorkerRegistered(
            id,
            secrets.WorkerSecret(id, nonce),
            leases.Heartbeat.TotalSeconds,
            [.. registration.Running.Where(a => !held.Contains((a.OperationId, a.Attempt)))]);
    }

    /// <summary>Whoever has only the join token may take the name of a worker that is gone, not of one that works.</summary>
    private async Task RequireSilentAsync(string id, CancellationToken cancellationToken)
    {
        var silent = await database.Database.SqlQuery<bool>($"select last_seen_at < now() - {leases.WorkerSilent} as \"Value\" from workers where worker_id = {id}").SingleAsync(cancellationToken);
        if (!silent)
        {
            throw ApiException.Conflict($"worker_id = {id} is registered and was seen within {leases.WorkerSilent.TotalSeconds:0} s; allowed: another id, or this worker's own secret", "worker_id");
        }
    }

    private async Task StoreAsync(WorkerRegistration registration, string nonce, CancellationToken cancellationToken)
        => await database.Database.ExecuteSqlRawAsync(
            """
            insert into workers (worker_id, endpoint_url, kinds, slots, capabilities, nonce) values (@id, @url, @kinds, @slots, @capabilities, @nonce)
            on conflict (worker_id) do update set endpoint_url = excluded.endpoint_url, kinds = excluded.kinds, slots = excluded.slots,
                capabilities = excluded.capabilities, nonce = excluded.nonce, draining = false, registered_at = now(), last_seen_at = now()
            """,
            [
                new NpgsqlParameter("id", registration.WorkerId),
                new NpgsqlParameter("url", registration.EndpointUrl.TrimEnd('/')),
                new NpgsqlParameter("kinds", registration.Kinds.Distinct().Order(StringComparer.Ordinal).ToArray()),
                new NpgsqlParameter("slots", registration.Slots),
                new NpgsqlParameter("capabilities", NpgsqlDbType.Jsonb) { Value = Json.Write(registration.Capabilities) },
                new NpgsqlParameter("nonce", nonce),
            ],
            cancellationToken);

    /// <summary>Renews the leases of the attempts that the worker still has, and ends those of what runs there by the Api's books only.</summary>
    /// <returns>All attempts that were this worker's.</returns>
    private async Task<HashSet<(string Id, int Attempt)>> KeepListedAsync(WorkerRegistration registration, CancellationToken cancellationToken)
    {
        var id = registration.WorkerId;
        var held = await database.Operations.FromSql($"select * from operations where worker_id = {id} and status in ('dispatched', 'running', 'cancelling') for update").ToListAsync(cancellationToken);
        var listed = registration.Running.Concat(registration.FinishedUnreported).Select(a => (a.OperationId, a.Attempt)).ToHashSet();
        foreach (var row in held)
        {
            if (listed.Contains((row.Id, row.Attempt)))
            {
                await database.Database.ExecuteSqlAsync($"update operations set lease_expires_at = now() + {leases.Running} where id = {row.Id}", cancellationToken);
            }
            else if (row.Status != OperationStatus.Dispatched)
            {
                // A dispatched attempt may be on its way to the worker at this moment; its own short lease decides.
                await operations.LoseAsync(row, $"{id} registered again without it", cancellationToken);
            }
        }

        return [.. held.Select(o => (o.Id, o.Attempt))];
    }

    /// <summary>As many slots as the worker has now; one beyond them that still runs something stays, but is not given out again.</summary>
    private async Task CutSlotsAsync(string id, int slots, CancellationToken cancellationToken)
        => await database.Database.ExecuteSqlAsync($"""
            insert into worker_slots (worker_id, slot) select {id}, n from generate_series(0, {slots - 1}) as s (n) on conflict do nothing;
            update worker_slots set not_before = '-infinity' where worker_id = {id};
            delete from worker_slots where worker_id = {id} and slot >= {slots} and operation_id is null;
            """, cancellationToken);

    private void Check(WorkerRegistration registration, IPAddress? peer)
    {
        if (!IdPattern().IsMatch(registration.WorkerId))
        {
            throw ApiException.Invalid("worker_id", registration.WorkerId, "1 to 64 characters of a-z, 0-9, '-', '_' and '.'");
        }

        if (registration.Kinds.Count == 0 || registration.Kinds.Any(k => !WorkerKinds.All.Contains(k)))
        {
            throw ApiException.Invalid("kinds", string.Join(",", registration.Kinds), $"one or more of {string.Join(", ", WorkerKinds.All)}");
        }

        if (registration.Slots is < 1 or > MostSlots)
        {
            throw ApiException.Invalid("slots", registration.Slots, $"1 to {MostSlots}");
        }

        if (!Uri.TryCreate(registration.EndpointUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0 || url.Query.Length > 0)
        {
            throw ApiException.Invalid("endpoint_url", registration.EndpointUrl, "an absolute http or https URL without user or query");
        }

        if (!MayBeReachedAt(url, peer))
        {
            throw ApiException.Invalid("endpoint_url", registration.EndpointUrl, $"the caller's own address ({peer}), or a host of {AllowedHosts}");
        }
    }

    /// <summary>The Api calls this address with the worker's secret, so it must be the caller's own, or one that the operator named.</summary>
    private bool MayBeReachedAt(Uri url, IPAddress? peer)
    {
        var named = (configuration[AllowedHosts] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (named.Contains(url.Host, StringComparer.OrdinalIgnoreCase))
        {
            return true;
        }

        if (peer is null)
        {
            return false;
        }

        var from = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        return IPAddress.TryParse(url.Host.Trim('[', ']'), out var to)
            ? to.Equals(from) || (IPAddress.IsLoopback(to) && IPAddress.IsLoopback(from))
            : url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) && IPAddress.IsLoopback(from);
    }

    [GeneratedRegex("^[a-z0-9_.-]{1,64}$")]
    private static partial Regex IdPattern();

    private sealed record RenewedRow(string Id, int Attempt, string Status, string? Reason);
}
