using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Operations;

namespace Ktrdr.Api.Backtests;

/// <summary>A backtest's result becomes a backtest, its trades, its equity curve and a row of the ledger.</summary>
internal sealed class BacktestResultHandler(BacktestStore store, LedgerStore ledger) : IResultHandler
{
    public string Type => OperationTypes.Backtest;

    public async Task<JsonElement> CommitAsync(OperationRow operation, ResultReport report, CancellationToken cancellationToken)
    {
        var backtest = KtrdrJson.Read<BacktestResult>(report.Result);
        if (backtest.StrategyHash != operation.StrategyHash || backtest.Dataset != operation.Dataset)
        {
            throw ApiException.Invalid("strategy_hash", $"{backtest.StrategyHash} on dataset {backtest.Dataset}", $"{operation.StrategyHash} on dataset {operation.Dataset}, as in the request");
        }

        // The long columns live in tables of their own.
        var headline = backtest with { Trades = [], Orders = [], Equity = [], DailyReturns = [] };
        await store.AddAsync(operation, backtest, headline, cancellationToken);
        await ledger.AppendAsync(
            new LedgerEvaluation(operation.Id, operation.Actor, operation.Purpose!, backtest.StrategyHash, backtest.Dataset, operation.DataWindow!, backtest.Seed, LedgerOutcomes.Completed)
            {
                CampaignId = operation.CampaignId,
                ExperimentId = operation.ExperimentId,
                ResultHash = report.ResultHash,
            },
            cancellationToken);
        return KtrdrJson.ToElement(headline);
    }
}
