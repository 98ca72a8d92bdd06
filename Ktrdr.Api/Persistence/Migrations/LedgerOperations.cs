using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>The ledger's rows of one operation: a part of a sweep leaves many, at different moments.</summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20260601000000_ledger_operations")]
internal sealed class LedgerOperations : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        create index ledger_operation on ledger (operation_id);
        """);
}
