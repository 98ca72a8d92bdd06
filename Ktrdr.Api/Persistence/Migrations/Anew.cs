using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>Why an attempt began anew although there was a checkpoint.</summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20261001000000_anew")]
internal sealed class Anew : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("alter table operations add column began_anew text;");
}
