using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>
/// What a verdict reads of every trial of a market is stored as it is read: daily returns as bytes (Contracts.Backtests.PackedReturns), and the figures beside the documents they stand in.
/// Random bytes do not compress.
/// </summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20260901000000_packed_trials")]
internal sealed class PackedTrials : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        create function packed_returns(listed jsonb) returns bytea language sql stable as $$
            select coalesce(
                string_agg(
                    substr(r, 8, 1) || substr(r, 7, 1) || substr(r, 6, 1) || substr(r, 5, 1) || substr(r, 4, 1) || substr(r, 3, 1) || substr(r, 2, 1) || substr(r, 1, 1), '' order by place)
                || string_agg(substr(d, 4, 1) || substr(d, 3, 1) || substr(d, 2, 1) || substr(d, 1, 1), '' order by place),
                '')
            from (
                select float8send((entry ->> 'return')::double precision) as r, int4send((entry ->> 'day')::date - date '1970-01-01') as d, place
                from jsonb_array_elements(listed) with ordinality as entries (entry, place)
                offset 0) as big_endian
        $$;

        alter table backtests
            alter column daily_returns type bytea using packed_returns(daily_returns),
            alter column daily_returns set storage external,
            add column trades integer generated always as ((result -> 'metrics' ->> 'trades')::integer) stored,
            add column headline_sharpe double precision generated always as ((result -> 'metrics' ->> 'sharpe')::double precision) stored,
            add column stressed_sharpe double precision generated always as ((result ->> 'sharpe_at_double_costs')::double precision) stored;

        alter table sweep_variants
            alter column daily_returns type bytea using packed_returns(daily_returns),
            alter column daily_returns set storage external,
            add column trades integer generated always as ((variant -> 'metrics' ->> 'trades')::integer) stored,
            add column headline_sharpe double precision generated always as ((variant -> 'metrics' ->> 'sharpe')::double precision) stored,
            add column stressed_sharpe double precision generated always as ((variant ->> 'sharpe_at_double_costs')::double precision) stored;

        drop function packed_returns;
        """);
}
