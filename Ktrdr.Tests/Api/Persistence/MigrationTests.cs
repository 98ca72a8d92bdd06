using System.Security.Cryptography;
using System.Text;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Tests.Contracts;
using Ktrdr.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Npgsql;
using Xunit;

namespace Ktrdr.Tests.Api.Persistence;

public sealed class MigrationTests
{
    /// <summary>SHA-256 of the SQL, shortened. A line is added with a migration and never changed: what a sandbox has applied, it does not apply again.</summary>
    private static readonly Dictionary<string, string> Applied = new()
    {
        ["20260101000000_spine"] = "07230db36b29634c",
        ["20260201000000_reproductions"] = "f4d222a48f071c0c",
        ["20260301000000_sweeps"] = "3dc32e180db72e98",
        ["20260401000000_trade_reasons"] = "efd241793a52957b",
        ["20260501000000_trade_financing"] = "ce8031f39a9d0aea",
        ["20260601000000_ledger_operations"] = "3bac25dc8f778896",
        ["20260701000000_engine_builds"] = "c86accdc216cf2fc",
        ["20260801000000_backtest_orders"] = "f77ee3933285cbbb",
        ["20260901000000_packed_trials"] = "4e59e28b17d14900",
        ["20261001000000_anew"] = "1a70aa794b89e1d5",
    };

    [PostgresTheory]
    [InlineData("")]
    [InlineData("create table backtest_orders (operation_id text primary key references backtests (operation_id) on delete cascade, orders jsonb not null);")]
    public async Task RunAsync_SandboxFromBeforeOrders_GetsTheirTableOnce(string made)
    {
        var names = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(names.Owner);
        await using (var database = DatabaseRegistration.Open(source))
        {
            await database.GetService<IMigrator>().MigrateAsync("20260701000000_engine_builds");
        }

        await using var old = source.CreateCommand($"{made} select 1");
        await old.ExecuteNonQueryAsync();

        Assert.Contains("20260801000000_backtest_orders", await MigrateCommand.RunAsync(names.Owner, "ktrdr_api", CancellationToken.None));
        await using var api = NpgsqlDataSource.Create(names.Api);
        await using var count = api.CreateCommand("select count(*) from backtest_orders");
        Assert.Equal(0L, await count.ExecuteScalarAsync());
        Assert.Empty(await MigrateCommand.RunAsync(names.Owner, "ktrdr_api", CancellationToken.None));
    }

    [PostgresFact]
    public async Task RunAsync_SandboxWithListedReturns_KeepsTheirBits()
    {
        var names = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(names.Owner);
        await using var database = DatabaseRegistration.Open(source);
        await database.GetService<IMigrator>().MigrateAsync("20260801000000_backtest_orders");
        var listed = KtrdrJson.ToElement(PackedReturnsTests.Awkward).GetRawText();
        var measured = KtrdrJson.ToElement(new { metrics = new BacktestMetrics { Trades = 7, Sharpe = 0.1 + 0.2 }, sharpe_at_double_costs = -1e-7 }).GetRawText();
        await using var old = source.CreateCommand($$"""
            insert into backtests (operation_id, purpose, model_id, strategy_hash, dataset, data_window, result, daily_returns) values
                ('full', 'trial', 'm', 's', 'd', 'validation', '{{measured}}', '{{listed}}'),
                ('none', 'trial', 'm', 's', 'd', 'validation', '{"metrics": {"trades": 0, "sharpe": null}, "sharpe_at_double_costs": null}', '[]');
            insert into operations (id, type, kind, vtime, status, request, actor) values ('sweep', 'sweep', 'none', 0, 'succeeded', '{}', 'admin');
            insert into sweep_variants (sweep_id, number, operation_id, variant, daily_returns) values
                ('sweep', 0, 'sweep', '{{measured}}', '{{listed}}'),
                ('sweep', 1, 'sweep', '{"metrics": null, "failure": "no"}', '[]');
            """);
        await old.ExecuteNonQueryAsync();

        await MigrateCommand.RunAsync(names.Owner, "ktrdr_api", CancellationToken.None);

        // The listed form knew no negative zero.
        var packed = PackedReturns.Of([.. PackedReturnsTests.Awkward.Select(d => d with { Return = d.Return + 0.0 })]);
        var runs = await database.Backtests.OrderBy(b => b.OperationId).ToListAsync();
        var variants = await database.SweepVariants.OrderBy(v => v.Number).ToListAsync();
        Assert.Equal([packed, []], runs.Select(r => r.DailyReturns));
        Assert.Equal([packed, []], variants.Select(v => v.DailyReturns));
        Assert.Equal([(7, 0.1 + 0.2, -1e-7), (0, null, null)], runs.Select(r => (r.Trades, r.HeadlineSharpe, r.StressedSharpe)));
        Assert.Equal([(7, 0.1 + 0.2, -1e-7), (null, null, null)], variants.Select(v => (v.Trades, v.HeadlineSharpe, v.StressedSharpe)));
    }

    [PostgresFact]
    public async Task RunAsync_MigrationTakesLongerThanACommandMay_GoesOn()
    {
        var names = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(names.Owner);
        await using (var database = DatabaseRegistration.Open(source))
        {
            await database.GetService<IMigrator>().MigrateAsync("20260801000000_backtest_orders");
        }

        await using var busy = await source.OpenConnectionAsync();
        await using var held = new NpgsqlCommand("begin; lock table sweep_variants in access share mode", busy);
        await held.ExecuteNonQueryAsync();
        await using var release = new NpgsqlCommand("select pg_sleep(2); commit", busy);
        var released = release.ExecuteNonQueryAsync();

        Assert.Contains("20260901000000_packed_trials", await MigrateCommand.RunAsync(names.Owner + ";Command Timeout=1", "ktrdr_api", CancellationToken.None));
        await released;
    }

    [Fact]
    public async Task Migrations_ThatSandboxesHaveApplied_AreNeverEdited()
    {
        await using var source = NpgsqlDataSource.Create("Host=127.0.0.1");
        await using var database = DatabaseRegistration.Open(source);
        var migrations = database.GetService<IMigrationsAssembly>();
        var found = migrations.Migrations.Select(m => (
            m.Key, Hash: HashOf(migrations.CreateMigration(m.Value, database.Database.ProviderName!).UpOperations.Cast<SqlOperation>().Select(o => o.Sql))));

        Assert.Equal(Applied.Select(a => (a.Key, a.Value)), found);
    }

    private static string HashOf(IEnumerable<string> sql)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', sql).ReplaceLineEndings("\n"))))[..16];
}
