using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>Every order of a run. For a while the migration of the trades' reasons made this table, so some databases have it.</summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20260801000000_backtest_orders")]
internal sealed class BacktestOrders : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        create table if not exists backtest_orders (
            operation_id text primary key references backtests (operation_id) on delete cascade,
            orders jsonb not null);
        """);
}
