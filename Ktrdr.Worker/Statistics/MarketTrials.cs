using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Research;
using Ktrdr.Engine.Statistics;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Statistics;

/// <summary>One trial of a market.</summary>
/// <param name="Own">Of the campaign or sweep that asks.</param>
/// <param name="ExperimentNumber">Its place there; null for others.</param>
/// <param name="ExperimentId">Of a campaign.</param>
internal sealed record MarketTrial(bool Own, int? ExperimentNumber, string? ExperimentId, TrialEvidence Evidence);

/// <summary>
/// Everything that was tried on a market, read a page at a time and kept as plain columns: twenty thousand trials of fifteen hundred days are a quarter of a gigabyte here,
/// and several as records of days.
/// </summary>
internal sealed class MarketTrials
{
    private readonly List<MarketTrial> _trials = [];

    // Trials of one window share their days.
    private readonly List<int[]> _days = [];

    private MarketTrials(string ledgerHead) => LedgerHead = ledgerHead;

    /// <summary>Hash of the last row of the ledger that counts.</summary>
    public string LedgerHead { get; }

    /// <summary>In the Api's order.</summary>
    public IReadOnlyList<MarketTrial> Trials => _trials;

    /// <param name="context">Of the operation.</param>
    /// <param name="read">Reads the page after a token.</param>
    public static async Task<MarketTrials> ReadAsync(OperationContext context, Func<IKtrdrApi, string?, CancellationToken, Task<CampaignTrials>> read)
    {
        MarketTrials? trials = null;
        string? after = null;
        do
        {
            var page = await context.CallAsync((api, token) => read(api, after, token)).ConfigureAwait(false);
            trials ??= new MarketTrials(page.LedgerHead);
            trials.Add(page);
            after = page.Next;
        }
        while (after is not null);
        return trials;
    }

    /// <summary>Pages in their order.</summary>
    public static MarketTrials Of(params IReadOnlyList<CampaignTrials> pages)
    {
        var trials = new MarketTrials(pages[0].LedgerHead);
        foreach (var page in pages)
        {
            trials.Add(page);
        }

        return trials;
    }

    private void Add(CampaignTrials page)
    {
        if (page.LedgerHead != LedgerHead)
        {
            throw new OperationFailedException(ErrorCodes.InvalidData, $"the pages of trials end at different rows of the ledger, {LedgerHead} and {page.LedgerHead}.") { Retryable = true };
        }

        _trials.AddRange(page.Trials.Select(t => new MarketTrial(t.Own, t.ExperimentNumber, t.ExperimentId, Evidence(t))));
    }

    private TrialEvidence Evidence(LedgerTrial trial) => new()
    {
        Experiment = trial.ExperimentNumber ?? 0,
        Key = new TrialKey(trial.StrategyHash, trial.Dataset, trial.Window),
        Status = trial.Outcome switch
        {
            "completed" => TrialStatus.Completed,
            "gated" => TrialStatus.Gated,
            "failed" => TrialStatus.Failed,
            "cancelled" => TrialStatus.Cancelled,
            _ => throw new OperationFailedException(ErrorCodes.InvalidData, $"the ledger has the outcome '{trial.Outcome}'; allowed: completed, gated, failed, cancelled."),
        },
        GateReason = trial.Reason,
        Daily = trial.PackedReturns is { Length: > 0 } packed ? new DailyReturns(Shared(PackedReturns.DaysOf(packed)), PackedReturns.ReturnsOf(packed).ToArray()) : null,
        Trades = trial.Trades,
        StressedSharpe = trial.SharpeAtDoubleCosts,
    };

    private int[] Shared(ReadOnlySpan<int> days)
    {
        foreach (var known in _days)
        {
            if (days.SequenceEqual(known))
            {
                return known;
            }
        }

        _days.Add(days.ToArray());
        return _days[^1];
    }
}
