using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Workers;

namespace Ktrdr.Api.Dashboard;

/// <summary>What the first page shows of the moment.</summary>
internal sealed record DashboardView(IReadOnlyList<Worker> Workers, IReadOnlyList<Operation> Operations, IReadOnlyList<CampaignSummary> Campaigns);

/// <summary>A campaign in one line.</summary>
/// <param name="Done">Experiments that are done or failed.</param>
/// <param name="Revision">Another number after every change to its experiments: the page reads its leaderboard again then.</param>
internal sealed record CampaignSummary(
    string Id,
    string Goal,
    string Symbol,
    string Timeframe,
    bool Synthetic,
    CampaignStatus Status,
    int Cycles,
    int Done,
    int? Trials,
    double? EffectiveTrials,
    string? StatisticsStage,
    DateTimeOffset CreatedAt,
    long Revision);

/// <summary>What the database counts of a campaign's experiments.</summary>
internal sealed record CampaignCount(string Id, int Done, long Revision);
