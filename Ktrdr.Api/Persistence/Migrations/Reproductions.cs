using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>Operations that run another one again.</summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20260201000000_reproductions")]
internal sealed class Reproductions : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        alter table operations add column reproduces text references operations (id);
        """);
}
