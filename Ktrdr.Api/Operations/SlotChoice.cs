using Ktrdr.Contracts.Operations;

namespace Ktrdr.Api.Operations;

/// <summary>A free slot as the dispatcher locked it.</summary>
/// <param name="ResearchRunning">How many agent_research operations its worker runs now.</param>
/// <param name="WorkerSlots">How many slots its worker has in all.</param>
/// <param name="EngineBuild">Of its worker.</param>
internal sealed record FreeSlot(string WorkerId, int Slot, bool Gpu, IReadOnlyList<string> Backends, DateTimeOffset LastUsedAt, int ResearchRunning = 0, int WorkerSlots = 1, string EngineBuild = "");

/// <summary>A queued operation as the dispatcher locked it, in the order of the queue.</summary>
/// <param name="Gpu">required, preferred or forbidden.</param>
/// <param name="SavedBy">Engine build of its checkpoint; null where it has none.</param>
internal sealed record QueuedOperation(string Id, string Type, string Backend, string Gpu, string? SavedBy = null);

internal sealed record SlotAssignment(string OperationId, string WorkerId, int Slot);

/// <summary>Which operation goes to which slot: a pure function over a snapshot.</summary>
internal static class SlotChoice
{
    public const string GpuRequired = "required";
    public const string GpuPreferred = "preferred";
    public const string GpuForbidden = "forbidden";

    /// <summary>
    /// Serves the queue in its order. An operation that no free slot can run is passed over and blocks nobody. Among the slots that can:
    /// one that can go on from its checkpoint, a GPU first where it is preferred, a machine without one where it is not used, then the least recently used.
    /// </summary>
    public static IReadOnlyList<SlotAssignment> Assign(IReadOnlyList<FreeSlot> slots, IReadOnlyList<QueuedOperation> queue)
    {
        var free = slots.ToList();
        var research = slots.GroupBy(s => s.WorkerId).ToDictionary(g => g.Key, g => g.First().ResearchRunning);
        var assignments = new List<SlotAssignment>();
        foreach (var operation in queue)
        {
            var choice = free
                .Where(s => CanRun(s, operation, research[s.WorkerId]))
                .OrderBy(s => operation.SavedBy is null || s.EngineBuild == operation.SavedBy ? 0 : 1)
                .ThenBy(s => s.Gpu == (operation.Gpu is GpuRequired or GpuPreferred) ? 0 : 1)
                .ThenBy(s => s.LastUsedAt)
                .ThenBy(s => s.WorkerId, StringComparer.Ordinal)
                .ThenBy(s => s.Slot)
                .FirstOrDefault();
            if (choice is null)
            {
                continue;
            }

            free.Remove(choice);
            assignments.Add(new SlotAssignment(operation.Id, choice.WorkerId, choice.Slot));
            if (operation.Type == OperationTypes.AgentResearch)
            {
                research[choice.WorkerId]++;
            }

            if (free.Count == 0)
            {
                break;
            }
        }

        return assignments;
    }

    private static bool CanRun(FreeSlot slot, QueuedOperation operation, int researchRunning)
        => (operation.Gpu != GpuRequired || slot.Gpu)
            && slot.Backends.Contains(operation.Backend)
            // A research operation waits for phases that run on the same kind of worker: half of the slots stay theirs.
            && (operation.Type != OperationTypes.AgentResearch || researchRunning < slot.WorkerSlots / 2);
}
