using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>What a trade paid for its nights, apart from its other costs. Trades stored before have it in their net profit only.</summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20260501000000_trade_financing")]
internal sealed class TradeFinancing : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table trades add column financing double precision not null default 0;");
}
