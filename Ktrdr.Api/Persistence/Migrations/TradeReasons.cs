using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>Trades of several symbols, with the reason each was entered for.</summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20260401000000_trade_reasons")]
internal sealed class TradeReasons : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        alter table trades add column symbol text, add column reason text;
        """);
}
