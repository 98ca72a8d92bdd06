using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ktrdr.Api.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Workers;
using Ktrdr.ServiceDefaults.Telemetry;

namespace Ktrdr.Api.Observability;

/// <summary>The latest sample as metrics. While there is none that is fresh, they are not there either: an old figure must not look like a quiet lab.</summary>
internal sealed class LabGauges : IDisposable
{
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(1);
    private static readonly string[] WorkerStatuses = Words<WorkerStatus>();
    private static readonly string[] CampaignStatuses = Words<CampaignStatus>();
    private static readonly string[] Phases = Words<ExperimentPhase>();

    private readonly Meter _meter = KtrdrTelemetry.Meter("Lab");
    private readonly Lock _gate = new();
    private readonly SortedSet<(string Type, string Kind, string Status)> _seen = [];
    private readonly SortedSet<string> _seenTypes = new(StringComparer.Ordinal);
    private LabSample? _sample;
    private long _takenAt;

    public LabGauges()
    {
        Gauge<long>("ktrdr.operations.active", null, "Operations that have not ended, by type, worker kind and status.", Active);
        Gauge<double>("ktrdr.operations.oldest_queued", "s", "For how long the operation that waits longest for a worker of a kind has been waiting.", s =>
            WorkerKinds.All.Select(kind => Of(s.OldestQueued.FirstOrDefault(q => q.Kind == kind).Seconds, ("kind", kind))));
        Gauge<double>("ktrdr.operations.longest_silence", "s", "For how long a running operation of a type has said nothing new of its progress, at most.", LongestSilence);

        Gauge<int>("ktrdr.workers.registered", null, "Workers that the Api knows, by what they can do and status.", s =>
            from kinds in s.Workers.Select(w => w.Kinds).Distinct()
            from status in WorkerStatuses
            select Of(s.Workers.Count(w => w.Kinds == kinds && w.Status == status), ("kinds", kinds), ("status", status)));
        Gauge<double>("ktrdr.workers.heartbeat_age", "s", "Since when nothing was heard of a worker.", s => s.Workers.Select(w => Of(w.HeartbeatAge, ("worker", w.WorkerId), ("kinds", w.Kinds))));

        Gauge<long>("ktrdr.research.campaigns", null, "Campaigns by status.", s => Filled(CampaignStatuses, s.Campaigns, "status"));
        Gauge<double>("ktrdr.research.campaign_idle", "s", "Since when nothing of a driven campaign has begun, moved or ended.", s => s.CampaignIdle.Select(c => Of(c.Seconds, ("campaign", c.Campaign))));
        Gauge<long>("ktrdr.research.experiments", null, "Experiments of campaigns that are not closed, by phase.", s => Filled(Phases, s.Experiments, "phase"));
        Gauge<long>("ktrdr.research.verdicts", null, "All experiments by verdict.", s => Filled(VerdictRank.Words, s.Verdicts, "verdict"));
        _meter.CreateObservableCounter(
            "ktrdr.research.trials", () => From(s => s.Trials.Select(t => Of(t.Count, ("purpose", t.Purpose), ("outcome", t.Outcome)))), description: "Rows of the ledger: everything that was ever tried, by purpose and outcome.");

        Gauge<long>("ktrdr.storage.database", "By", "Size of the database.", s => [new Measurement<long>(s.DatabaseBytes)]);
        Gauge<long>("ktrdr.storage.artifacts", "By", "Size of all artifacts.", s => [new Measurement<long>(s.ArtifactBytes)]);
    }

    /// <summary>Null where no sample could be taken.</summary>
    public void Show(LabSample? sample)
    {
        lock (_gate)
        {
            (_sample, _takenAt) = (sample, Stopwatch.GetTimestamp());
            _seen.UnionWith(sample?.Operations.Select(o => (o.Type, o.Kind, o.Status)) ?? []);
            _seenTypes.UnionWith(sample?.LongestSilence.Select(s => s.Type) ?? []);
        }
    }

    public void Dispose() => _meter.Dispose();

    // What was there once stays, with zero: a series that vanishes cannot be told from a service that does.
    private IEnumerable<Measurement<long>> Active(LabSample sample)
        => _seen.Select(key => Of(sample.Operations.FirstOrDefault(o => (o.Type, o.Kind, o.Status) == key).Count, ("type", key.Type), ("kind", key.Kind), ("status", key.Status)));

    private IEnumerable<Measurement<double>> LongestSilence(LabSample sample)
        => _seenTypes.Select(type => Of(sample.LongestSilence.FirstOrDefault(s => s.Type == type).Seconds, ("type", type)));

    private static string[] Words<T>()
        where T : struct, Enum
        => [.. Enum.GetValues<T>().Select(KtrdrJson.Word)];

    private static IEnumerable<Measurement<long>> Filled(IEnumerable<string> words, IReadOnlyList<(string Word, long Count)> counts, string label)
        => words.Select(word => Of(counts.FirstOrDefault(c => c.Word == word).Count, (label, word)));

    private void Gauge<T>(string name, string? unit, string description, Func<LabSample, IEnumerable<Measurement<T>>> measure)
        where T : struct
        => _meter.CreateObservableGauge(name, () => From(measure), unit, description);

    private IReadOnlyList<Measurement<T>> From<T>(Func<LabSample, IEnumerable<Measurement<T>>> measure)
        where T : struct
    {
        lock (_gate)
        {
            return _sample is { } sample && Stopwatch.GetElapsedTime(_takenAt) < Stale ? [.. measure(sample)] : [];
        }
    }

    private static Measurement<T> Of<T>(T value, params ReadOnlySpan<(string Label, string Value)> labels)
        where T : struct
    {
        var tags = new KeyValuePair<string, object?>[labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            tags[i] = new KeyValuePair<string, object?>(labels[i].Label, labels[i].Value);
        }

        return new Measurement<T>(value, tags);
    }
}
