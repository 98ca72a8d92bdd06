using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Workers;

/// <summary>Reads the registry.</summary>
internal sealed class WorkerStore(KtrdrDatabase database, Leases leases)
{
    public async Task<IReadOnlyList<Worker>> ListAsync(CancellationToken cancellationToken)
    {
        var rows = await database.Workers.OrderBy(w => w.WorkerId).ToListAsync(cancellationToken);
        var slots = await database.WorkerSlots.Where(s => s.OperationId != null).ToListAsync(cancellationToken);
        var now = await NowAsync(cancellationToken);
        return [.. rows.Select(r => ToWorker(r, [.. slots.Where(s => s.WorkerId == r.WorkerId).OrderBy(s => s.Slot).Select(s => s.OperationId!)], now))];
    }

    public async Task<Worker> GetAsync(string id, CancellationToken cancellationToken)
    {
        var row = await database.Workers.SingleOrDefaultAsync(w => w.WorkerId == id, cancellationToken) ?? throw ApiException.NotFound("worker", id);
        var operations = await database.WorkerSlots.Where(s => s.WorkerId == id && s.OperationId != null).OrderBy(s => s.Slot).Select(s => s.OperationId!).ToListAsync(cancellationToken);
        return ToWorker(row, operations, await NowAsync(cancellationToken));
    }

    /// <summary>Why a queued operation waits, in words.</summary>
    public async Task<string> WaitingForAsync(OperationRow row, CancellationToken cancellationToken)
    {
        if (row.Kind == OperationParts.Kind)
        {
            return "the first of its parts";
        }

        var able = (await ListAsync(cancellationToken)).Where(w => w.Kinds.Contains(row.Kind) && w.Status is WorkerStatus.Available or WorkerStatus.Busy).Where(w => w.Kinds.Contains(row.Kind)).ToList();
        if (able.Count == 0)
        {
            return $"a worker of kind {row.Kind}: none is registered and answering";
        }

        able = [.. able.Where(w => w.Capabilities.Backends.Contains(row.Backend) && (row.Gpu != SlotChoice.GpuRequired || w.Capabilities.Gpu))];
        if (able.Count == 0)
        {
            return $"a worker of kind {row.Kind} with backend {row.Backend}{(row.Gpu == SlotChoice.GpuRequired ? " and a GPU" : "")}: none is registered";
        }

        if (row.Type == OperationTypes.AgentResearch && able.All(w => w.Slots < 2))
        {
            return "an agent worker with at least two slots: research may fill only half of them";
        }

        return able.Any(w => w.BusySlots < w.Slots) ? "its turn: a slot is being claimed" : $"a free slot: all {able.Sum(w => w.Slots)} of kind {row.Kind} are busy";
    }

    private Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken)
        => database.Database.SqlQuery<DateTimeOffset>($"select clock_timestamp() as \"Value\"").SingleAsync(cancellationToken);

    private Worker ToWorker(WorkerRow row, IReadOnlyList<string> operations, DateTimeOffset now) => new()
    {
        WorkerId = row.WorkerId,
        EndpointUrl = row.EndpointUrl,
        Kinds = row.Kinds,
        Status = now - row.LastSeenAt > leases.WorkerSilent ? WorkerStatus.Unavailable
            : row.Draining ? WorkerStatus.Draining
            : operations.Count >= row.Slots ? WorkerStatus.Busy : WorkerStatus.Available,
        Slots = row.Slots,
        BusySlots = operations.Count,
        Capabilities = Json.Read<WorkerCapabilities>(row.Capabilities),
        Operations = operations,
        RegisteredAt = row.RegisteredAt,
        LastSeenAt = row.LastSeenAt,
    };
}
