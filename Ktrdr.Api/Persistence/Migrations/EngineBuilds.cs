using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>Which build of the engine computed a result; not known of those stored before.</summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20260701000000_engine_builds")]
internal sealed class EngineBuilds : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table results add column engine_build text;");
}
