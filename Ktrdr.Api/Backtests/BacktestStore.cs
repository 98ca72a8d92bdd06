using System.Runtime.InteropServices;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Backtests;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Backtests;

/// <summary>Backtests, their trades as rows and their equity curves as columns of bytes.</summary>
internal sealed class BacktestStore(KtrdrDatabase database)
{
    public async Task<Backtest> GetAsync(string id, CancellationToken cancellationToken)
    {
        var row = await RequireAsync(id, cancellationToken);
        return new Backtest
        {
            OperationId = row.OperationId,
            CampaignId = row.CampaignId,
            ExperimentId = row.ExperimentId,
            Purpose = row.Purpose,
            Result = Json.Read<BacktestResult>(row.Result) with { DailyReturns = PackedReturns.Read(row.DailyReturns) },
            CreatedAt = row.CreatedAt,
        };
    }

    public async Task<IReadOnlyList<Trade>> TradesAsync(string id, CancellationToken cancellationToken)
    {
        await RequireAsync(id, cancellationToken);
        var rows = await database.Trades.Where(t => t.OperationId == id).OrderBy(t => t.Number).ToListAsync(cancellationToken);
        return [.. rows.Select(t => new Trade
        {
            Number = t.Number, Side = t.Side, Quantity = t.Quantity, EntryTime = t.EntryTime, EntryPrice = t.EntryPrice, ExitTime = t.ExitTime, ExitPrice = t.ExitPrice,
            BarsHeld = t.BarsHeld, GrossPnl = t.GrossPnl, Commission = t.Commission, Slippage = t.Slippage, Financing = t.Financing, NetPnl = t.NetPnl,
            MaxFavourable = t.MaxFavourable, MaxAdverse = t.MaxAdverse, ExitReason = t.ExitReason, Confidence = t.Confidence, Symbol = t.Symbol, Reason = t.Reason,
        })];
    }

    public async Task<IReadOnlyList<BacktestOrder>> OrdersAsync(string id, CancellationToken cancellationToken)
    {
        await RequireAsync(id, cancellationToken);
        var orders = await database.Database.SqlQuery<string>($"select orders::text as \"Value\" from backtest_orders where operation_id = {id}").SingleOrDefaultAsync(cancellationToken);
        return orders is null ? [] : Json.Read<IReadOnlyList<BacktestOrder>>(orders);
    }

    public async Task<IReadOnlyList<EquityPoint>> EquityAsync(string id, CancellationToken cancellationToken)
    {
        await RequireAsync(id, cancellationToken);
        var row = await database.Equity.SingleOrDefaultAsync(e => e.OperationId == id, cancellationToken);
        if (row is null)
        {
            return [];
        }

        var times = MemoryMarshal.Cast<byte, long>(row.Times).ToArray();
        var values = MemoryMarshal.Cast<byte, double>(row.Values).ToArray();
        var exposure = MemoryMarshal.Cast<byte, double>(row.Exposure).ToArray();
        return [.. times.Select((t, i) => new EquityPoint(DateTimeOffset.FromUnixTimeMilliseconds(t), values[i], exposure[i]))];
    }

    /// <summary>Stores a result in the caller's transaction.</summary>
    public async Task AddAsync(OperationRow operation, BacktestResult result, BacktestResult headline, CancellationToken cancellationToken)
    {
        await database.Database.ExecuteSqlRawAsync(
            """
            insert into backtests (operation_id, campaign_id, experiment_id, purpose, model_id, strategy_hash, dataset, data_window, result, daily_returns)
            values (@id, @campaign, @experiment, @purpose, @model, @strategy, @dataset, @window, @result, @daily)
            """,
            [
                new NpgsqlParameter("id", operation.Id),
                new NpgsqlParameter("campaign", NpgsqlDbType.Text) { Value = (object?)operation.CampaignId ?? DBNull.Value },
                new NpgsqlParameter("experiment", NpgsqlDbType.Text) { Value = (object?)operation.ExperimentId ?? DBNull.Value },
                new NpgsqlParameter("purpose", operation.Purpose!), new NpgsqlParameter("model", result.Model), new NpgsqlParameter("strategy", result.StrategyHash),
                new NpgsqlParameter("dataset", result.Dataset), new NpgsqlParameter("window", operation.DataWindow!),
                new NpgsqlParameter("result", NpgsqlDbType.Jsonb) { Value = Json.Write(headline) },
                new NpgsqlParameter("daily", PackedReturns.Of(result.DailyReturns)),
            ],
            cancellationToken);
        await database.Database.ExecuteSqlRawAsync(
            "insert into equity (operation_id, times, equity, exposure) values (@id, @times, @equity, @exposure)",
            [
                new NpgsqlParameter("id", operation.Id),
                Bytes("times", result.Equity.Select(p => p.Time.ToUnixTimeMilliseconds()).ToArray()),
                Bytes("equity", result.Equity.Select(p => p.Equity).ToArray()),
                Bytes("exposure", result.Equity.Select(p => p.Exposure).ToArray()),
            ],
            cancellationToken);
        await database.Database.ExecuteSqlAsync($"insert into backtest_orders (operation_id, orders) values ({operation.Id}, {Json.Write(result.Orders)}::jsonb)", cancellationToken);
        await CopyTradesAsync(operation.Id, result.Trades, cancellationToken);
    }

    private async Task CopyTradesAsync(string id, IReadOnlyList<Trade> trades, CancellationToken cancellationToken)
    {
        var connection = (NpgsqlConnection)database.Database.GetDbConnection();
        await using var writer = await connection.BeginBinaryImportAsync(
            """
            copy trades (operation_id, number, side, quantity, entry_time, entry_price, exit_time, exit_price, bars_held, gross_pnl, commission, slippage, financing, net_pnl,
                max_favourable, max_adverse, exit_reason, confidence, symbol, reason) from stdin (format binary)
            """,
            cancellationToken);
        foreach (var trade in trades)
        {
            await writer.StartRowAsync(cancellationToken);
            await writer.WriteAsync(id, NpgsqlDbType.Text, cancellationToken);
            await writer.WriteAsync(trade.Number, NpgsqlDbType.Integer, cancellationToken);
            await writer.WriteAsync(trade.Side, NpgsqlDbType.Text, cancellationToken);
            await writer.WriteAsync(trade.Quantity, NpgsqlDbType.Double, cancellationToken);
            await writer.WriteAsync(trade.EntryTime.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
            await writer.WriteAsync(trade.EntryPrice, NpgsqlDbType.Double, cancellationToken);
            await writer.WriteAsync(trade.ExitTime.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
            await writer.WriteAsync(trade.ExitPrice, NpgsqlDbType.Double, cancellationToken);
            await writer.WriteAsync(trade.BarsHeld, NpgsqlDbType.Integer, cancellationToken);
            foreach (var value in new[] { trade.GrossPnl, trade.Commission, trade.Slippage, trade.Financing, trade.NetPnl, trade.MaxFavourable, trade.MaxAdverse })
            {
                await writer.WriteAsync(value, NpgsqlDbType.Double, cancellationToken);
            }

            await writer.WriteAsync(trade.ExitReason, NpgsqlDbType.Text, cancellationToken);
            await WriteAsync(writer, trade.Confidence, NpgsqlDbType.Double, cancellationToken);
            await WriteAsync(writer, trade.Symbol, NpgsqlDbType.Text, cancellationToken);
            await WriteAsync(writer, trade.Reason, NpgsqlDbType.Text, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
    }

    private static Task WriteAsync<T>(NpgsqlBinaryImporter writer, T? value, NpgsqlDbType type, CancellationToken cancellationToken)
        => value is null ? writer.WriteNullAsync(cancellationToken) : writer.WriteAsync(value, type, cancellationToken);

    private async Task<BacktestRow> RequireAsync(string id, CancellationToken cancellationToken)
        => await database.Backtests.SingleOrDefaultAsync(b => b.OperationId == id, cancellationToken) ?? throw ApiException.NotFound("backtest", id);

    private static NpgsqlParameter Bytes<T>(string name, T[] column)
        where T : struct
        => new(name, NpgsqlDbType.Bytea) { Value = MemoryMarshal.AsBytes<T>(column).ToArray() };
}
