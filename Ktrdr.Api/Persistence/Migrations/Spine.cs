using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Ktrdr.Api.Persistence.Migrations;

/// <summary>The first schema: operations, workers, artifacts, bars, strategies, runs, research, the ledger and spans.</summary>
[DbContext(typeof(KtrdrDatabase))]
[Migration("20260101000000_spine")]
internal sealed class Spine : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql(Operations);
        migrationBuilder.Sql(Workers);
        migrationBuilder.Sql(MarketData);
        migrationBuilder.Sql(Runs);
        migrationBuilder.Sql(Research);
        migrationBuilder.Sql(Service);
    }

    private const string Operations = """
        create table operations (
            id text primary key,
            type text not null,
            kind text not null,
            parent_id text,
            campaign_id text,
            priority integer not null default 0,
            vtime bigint not null,
            status text not null,
            attempt integer not null default 0,
            worker_id text,
            lease_expires_at timestamptz,
            backend text not null default 'simd',
            gpu text not null default 'forbidden',
            request jsonb not null,
            progress jsonb,
            failure jsonb,
            cancel_reason text,
            checkpoint jsonb,
            losses integer not null default 0,
            loss_checkpoint text,
            trace_id text,
            trace_parent text,
            actor text not null,
            purpose text,
            experiment_id text,
            strategy_hash text,
            dataset text,
            data_window text,
            seed bigint,
            created_at timestamptz not null default now(),
            started_at timestamptz,
            finished_at timestamptz);
        create index operations_queue on operations (kind, priority desc, vtime, id) where status = 'queued';
        create index operations_leases on operations (lease_expires_at) where status in ('dispatched', 'running', 'cancelling');
        create index operations_worker on operations (worker_id) where status in ('dispatched', 'running', 'cancelling');
        create index operations_parent on operations (parent_id, id);
        create index operations_campaign on operations (campaign_id, id);
        create index operations_status on operations (status, id);
        create index operations_type on operations (type, id);

        create table operation_events (
            sequence bigint generated always as identity primary key,
            operation_id text not null references operations (id) on delete cascade,
            at timestamptz not null default clock_timestamp(),
            event text not null,
            from_status text,
            to_status text not null,
            attempt integer not null,
            worker_id text,
            note text);
        create index operation_events_operation on operation_events (operation_id, sequence);

        create table operation_metrics (
            operation_id text not null references operations (id) on delete cascade,
            name text not null,
            step double precision not null,
            value double precision not null,
            cursor bigint generated always as identity,
            primary key (operation_id, name, step));
        create index operation_metrics_cursor on operation_metrics (operation_id, cursor);

        create table results (
            operation_id text primary key references operations (id) on delete cascade,
            attempt integer not null,
            result jsonb not null,
            result_hash text not null,
            committed_at timestamptz not null default now());

        create table artifacts (
            sha256 text primary key,
            bytes bigint not null,
            sealed boolean not null default false,
            last_put_at timestamptz not null default now());

        create table checkpoints (
            id bigint generated always as identity primary key,
            operation_id text not null references operations (id) on delete cascade,
            attempt integer not null,
            sha256 text not null references artifacts (sha256),
            kind text not null,
            step text not null,
            saved_at timestamptz not null default now());
        create index checkpoints_operation on checkpoints (operation_id, id);
        create index checkpoints_sha256 on checkpoints (sha256);

        create function operations_changed() returns trigger language plpgsql as $$
        begin
            perform pg_notify('ktrdr_operations', new.id || ' ' || new.status);
            return null;
        end $$;
        create trigger operations_inserted after insert on operations for each row execute function operations_changed();
        create trigger operations_updated after update on operations for each row
            when (old.status is distinct from new.status or old.progress is distinct from new.progress or old.attempt <> new.attempt)
            execute function operations_changed();
        """;

    private const string Workers = """
        create table workers (
            worker_id text primary key,
            endpoint_url text not null,
            kinds text[] not null,
            slots integer not null,
            capabilities jsonb not null,
            nonce text not null,
            draining boolean not null default false,
            registered_at timestamptz not null default now(),
            last_seen_at timestamptz not null default now());

        create table worker_slots (
            worker_id text not null references workers (worker_id) on delete cascade,
            slot integer not null,
            operation_id text,
            attempt integer,
            last_used_at timestamptz not null default now(),
            not_before timestamptz not null default '-infinity',
            primary key (worker_id, slot));
        create unique index worker_slots_operation on worker_slots (operation_id) where operation_id is not null;
        """;

    private const string MarketData = """
        create table dataset_versions (
            id text primary key,
            symbol text not null,
            timeframe text not null,
            synthetic boolean not null,
            family text not null,
            bars_sha256 text not null references artifacts (sha256),
            unsealed_sha256 text not null references artifacts (sha256),
            unsealed_id text not null,
            document jsonb not null,
            days integer[] not null,
            closes double precision[] not null,
            created_at timestamptz not null default now(),
            latest_at timestamptz not null default clock_timestamp());
        create index dataset_versions_latest on dataset_versions (symbol, timeframe, latest_at desc);
        create index dataset_versions_family on dataset_versions (family);

        create table bars (
            symbol text not null,
            timeframe text not null,
            time timestamptz not null,
            open double precision not null,
            high double precision not null,
            low double precision not null,
            close double precision not null,
            volume double precision,
            primary key (symbol, timeframe, time));
        do $$
        begin
            if exists (select 1 from pg_available_extensions where name = 'timescaledb') then
                begin
                    create extension if not exists timescaledb;
                    perform create_hypertable('bars', 'time', chunk_time_interval => interval '365 days');
                exception when insufficient_privilege or feature_not_supported or object_not_in_prerequisite_state then
                    raise notice 'bars stays a plain table: %', sqlerrm;
                end;
            end if;
        end $$;
        """;

    private const string Runs = """
        create table strategies (
            hash text primary key,
            name text not null,
            version integer not null,
            document text not null,
            description text,
            author text not null,
            symbol text not null,
            timeframe text not null,
            features text[] not null,
            created_at timestamptz not null default now(),
            unique (name, version));

        create table models (
            id text primary key,
            operation_id text not null unique,
            strategy_name text not null,
            strategy_hash text not null,
            version integer not null,
            symbol text not null,
            timeframe text not null,
            dataset text not null,
            purpose text not null,
            training jsonb not null,
            created_at timestamptz not null default now(),
            unique (strategy_name, timeframe, version));
        create index models_strategy_hash on models (strategy_hash);

        create table backtests (
            operation_id text primary key,
            campaign_id text,
            experiment_id text,
            purpose text not null,
            model_id text not null,
            strategy_hash text not null,
            dataset text not null,
            data_window text not null,
            result jsonb not null,
            daily_returns jsonb not null,
            created_at timestamptz not null default now());
        create index backtests_experiment on backtests (experiment_id);

        create table trades (
            operation_id text not null references backtests (operation_id) on delete cascade,
            number integer not null,
            side text not null,
            quantity double precision not null,
            entry_time timestamptz not null,
            entry_price double precision not null,
            exit_time timestamptz not null,
            exit_price double precision not null,
            bars_held integer not null,
            gross_pnl double precision not null,
            commission double precision not null,
            slippage double precision not null,
            net_pnl double precision not null,
            max_favourable double precision not null,
            max_adverse double precision not null,
            exit_reason text not null,
            confidence double precision,
            primary key (operation_id, number));

        create table equity (
            operation_id text primary key references backtests (operation_id) on delete cascade,
            times bytea not null,
            equity bytea not null,
            exposure bytea not null);
        """;

    private const string Research = """
        create table campaigns (
            id text primary key,
            status text not null,
            vtime bigint not null default 0,
            document jsonb not null,
            created_at timestamptz not null default now());

        create table experiments (
            id text primary key,
            campaign_id text not null references campaigns (id) on delete cascade,
            number integer not null,
            phase text not null,
            verdict_rank integer not null default 3,
            deflated_sharpe double precision,
            t_statistic double precision,
            document jsonb not null,
            created_at timestamptz not null default now(),
            unique (campaign_id, number));
        create index experiments_board on experiments (verdict_rank, deflated_sharpe desc nulls last, t_statistic desc nulls last, id);

        create table hypotheses (
            id text primary key,
            memory_scope text not null,
            statement_key text not null,
            document jsonb not null,
            created_at timestamptz not null default now(),
            unique (memory_scope, statement_key));

        create table lessons (
            experiment_id text primary key,
            memory_scope text not null,
            document jsonb not null,
            saved_at timestamptz not null default now());
        create index lessons_scope on lessons (memory_scope, saved_at);

        create table ledger (
            sequence bigint primary key,
            at timestamptz not null,
            actor text not null,
            campaign_id text,
            experiment_id text,
            operation_id text not null,
            purpose text not null,
            strategy_hash text not null,
            dataset text not null,
            data_window text not null,
            seed bigint not null,
            outcome text not null,
            result_hash text,
            previous_hash text not null,
            hash text not null unique);
        create index ledger_campaign on ledger (campaign_id, sequence);
        create index ledger_dataset on ledger (dataset, sequence);
        """;

    private const string Service = """
        create table idempotency_keys (
            key text not null,
            scope text not null,
            body_hash text not null,
            response jsonb,
            created_at timestamptz not null default now(),
            primary key (scope, key));

        create table sessions (
            token_hash text primary key,
            kind text not null,
            expires_at timestamptz not null);

        create table spans (
            trace_id text not null,
            span_id text not null,
            parent_span_id text,
            service text not null,
            name text not null,
            started_at timestamptz not null,
            milliseconds double precision not null,
            status text,
            attributes jsonb,
            primary key (trace_id, span_id));
        create index spans_started_at on spans (started_at);
        """;
}
