using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>The variants of sweeps, each with its daily returns: every one is a trial.</summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20260301000000_sweeps")]
internal sealed class Sweeps : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        create table sweep_variants (
            sweep_id text not null references operations (id) on delete cascade,
            number integer not null,
            operation_id text not null references operations (id) on delete cascade,
            strategy_hash text,
            sharpe double precision,
            variant jsonb not null,
            daily_returns jsonb not null,
            primary key (sweep_id, number));
        create index sweep_variants_operation on sweep_variants (operation_id, strategy_hash);
        """);
}
