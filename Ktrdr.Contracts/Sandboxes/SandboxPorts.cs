namespace Ktrdr.Contracts.Sandboxes;

/// <summary>The ports of one sandbox. Slot <c>n</c> shifts every port by <c>n</c>, workers by <c>10 n</c>, so that sandboxes never meet.</summary>
public sealed record SandboxPorts
{
    public const int FirstSlot = 0;
    public const int LastSlot = 40;

    /// <summary>How many workers have a port of their own in the table; further workers, and Agents, take free ports and register them.</summary>
    public const int NumberedWorkers = 4;

    /// <summary>The market-data host: one per machine, the same in every slot.</summary>
    public const int IbHost = 5001;

    /// <summary>The native training host: one per machine, the same in every slot.</summary>
    public const int TrainingHost = 5002;

    public required int Api { get; init; }

    public required int Postgres { get; init; }

    public required int Grafana { get; init; }

    public required int Jaeger { get; init; }

    public required int Prometheus { get; init; }

    public required IReadOnlyList<int> Workers { get; init; }

    /// <exception cref="SandboxException">The slot is not between 0 and 40.</exception>
    public static SandboxPorts For(int slot)
    {
        if (slot is < FirstSlot or > LastSlot)
        {
            throw new SandboxException("invalid_slot", $"slot {slot} does not exist: slots are {FirstSlot} to {LastSlot}.");
        }

        var firstWorker = slot == 0 ? 5003 : 5000 + (10 * slot);
        return new SandboxPorts
        {
            Api = 8000 + slot,
            Postgres = 5432 + slot,
            Grafana = 3000 + slot,
            Jaeger = 16686 + slot,
            Prometheus = 9090 + slot,
            Workers = [.. Enumerable.Range(firstWorker, NumberedWorkers)],
        };
    }

    public bool Equals(SandboxPorts? other)
        => other is not null
            && (Api, Postgres, Grafana, Jaeger, Prometheus) == (other.Api, other.Postgres, other.Grafana, other.Jaeger, other.Prometheus)
            && Workers.SequenceEqual(other.Workers);

    public override int GetHashCode() => HashCode.Combine(Api, Postgres, Grafana, Jaeger, Prometheus);
}
