namespace Ktrdr.Api.Observability;

/// <summary>What the database says of the whole lab at one moment: the same for every replica, whatever each of them did itself.</summary>
internal sealed record LabSample
{
    /// <summary>Operations that have not ended.</summary>
    public required IReadOnlyList<(string Type, string Kind, string Status, long Count)> Operations { get; init; }

    /// <summary>Per worker kind with a queue: for how long the one that waits longest has been waiting, in seconds.</summary>
    public required IReadOnlyList<(string Kind, double Seconds)> OldestQueued { get; init; }

    /// <summary>Per type with a running operation: for how long the one that is silent longest has said nothing new of its progress, in seconds.</summary>
    public required IReadOnlyList<(string Type, double Seconds)> LongestSilence { get; init; }

    public required IReadOnlyList<WorkerSample> Workers { get; init; }

    public required IReadOnlyList<(string Status, long Count)> Campaigns { get; init; }

    /// <summary>Per campaign that an operation drives: seconds since anything of it began, moved or ended.</summary>
    public required IReadOnlyList<(string Campaign, double Seconds)> CampaignIdle { get; init; }

    /// <summary>Experiments of campaigns that are not closed.</summary>
    public required IReadOnlyList<(string Phase, long Count)> Experiments { get; init; }

    public required IReadOnlyList<(string Verdict, long Count)> Verdicts { get; init; }

    /// <summary>Everything that was ever tried: the ledger's rows.</summary>
    public required IReadOnlyList<(string Purpose, string Outcome, long Count)> Trials { get; init; }

    public required long DatabaseBytes { get; init; }

    public required long ArtifactBytes { get; init; }
}

/// <param name="Kinds">Joined with <c>-</c>, as the scrape targets have them.</param>
/// <param name="HeartbeatAge">Seconds since the worker was last heard of.</param>
internal sealed record WorkerSample(string WorkerId, string Kinds, string Status, double HeartbeatAge, int Slots, int BusySlots);
