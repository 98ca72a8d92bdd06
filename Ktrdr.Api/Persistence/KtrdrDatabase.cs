using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Ktrdr.Api.Persistence;

/// <summary>The tables. Names are the properties' in snake_case; documents are jsonb columns that the feature's store reads and writes with our JSON conventions.</summary>
internal sealed class KtrdrDatabase(DbContextOptions<KtrdrDatabase> options) : DbContext(options)
{
    public DbSet<OperationRow> Operations => Set<OperationRow>();
    public DbSet<OperationEventRow> OperationEvents => Set<OperationEventRow>();
    public DbSet<OperationMetricRow> OperationMetrics => Set<OperationMetricRow>();
    public DbSet<ResultRow> Results => Set<ResultRow>();
    public DbSet<ArtifactRow> Artifacts => Set<ArtifactRow>();
    public DbSet<WorkerRow> Workers => Set<WorkerRow>();
    public DbSet<WorkerSlotRow> WorkerSlots => Set<WorkerSlotRow>();
    public DbSet<DatasetRow> Datasets => Set<DatasetRow>();
    public DbSet<BarRow> Bars => Set<BarRow>();
    public DbSet<StrategyRow> Strategies => Set<StrategyRow>();
    public DbSet<ModelRow> Models => Set<ModelRow>();
    public DbSet<BacktestRow> Backtests => Set<BacktestRow>();
    public DbSet<TradeRow> Trades => Set<TradeRow>();
    public DbSet<SweepVariantRow> SweepVariants => Set<SweepVariantRow>();
    public DbSet<EquityRow> Equity => Set<EquityRow>();
    public DbSet<CampaignRow> Campaigns => Set<CampaignRow>();
    public DbSet<ExperimentRow> Experiments => Set<ExperimentRow>();
    public DbSet<HypothesisRow> Hypotheses => Set<HypothesisRow>();
    public DbSet<LessonRow> Lessons => Set<LessonRow>();
    public DbSet<LedgerRow> Ledger => Set<LedgerRow>();
    public DbSet<SpanRow> Spans => Set<SpanRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<OperationRow>().ToTable("operations").HasKey(o => o.Id);
        modelBuilder.Entity<OperationEventRow>().ToTable("operation_events").HasKey(e => e.Sequence);
        modelBuilder.Entity<OperationMetricRow>().ToTable("operation_metrics").HasKey(m => new { m.OperationId, m.Name, m.Step });
        modelBuilder.Entity<ResultRow>().ToTable("results").HasKey(r => r.OperationId);
        modelBuilder.Entity<ArtifactRow>().ToTable("artifacts").HasKey(a => a.Sha256);
        modelBuilder.Entity<WorkerRow>().ToTable("workers").HasKey(w => w.WorkerId);
        modelBuilder.Entity<WorkerSlotRow>().ToTable("worker_slots").HasKey(s => new { s.WorkerId, s.Slot });
        modelBuilder.Entity<DatasetRow>().ToTable("dataset_versions").HasKey(d => d.Id);
        modelBuilder.Entity<BarRow>().ToTable("bars").HasKey(b => new { b.Symbol, b.Timeframe, b.Time });
        modelBuilder.Entity<StrategyRow>().ToTable("strategies").HasKey(s => s.Hash);
        modelBuilder.Entity<ModelRow>().ToTable("models").HasKey(m => m.Id);
        modelBuilder.Entity<BacktestRow>().ToTable("backtests").HasKey(b => b.OperationId);
        modelBuilder.Entity<TradeRow>().ToTable("trades").HasKey(t => new { t.OperationId, t.Number });
        modelBuilder.Entity<EquityRow>().ToTable("equity").HasKey(e => e.OperationId);
        modelBuilder.Entity<EquityRow>().Property(e => e.Values).HasColumnName("equity");
        modelBuilder.Entity<SweepVariantRow>().ToTable("sweep_variants").HasKey(v => new { v.SweepId, v.Number });
        modelBuilder.Entity<CampaignRow>().ToTable("campaigns").HasKey(c => c.Id);
        modelBuilder.Entity<ExperimentRow>().ToTable("experiments").HasKey(e => e.Id);
        modelBuilder.Entity<HypothesisRow>().ToTable("hypotheses").HasKey(h => h.Id);
        modelBuilder.Entity<LessonRow>().ToTable("lessons").HasKey(l => l.ExperimentId);
        modelBuilder.Entity<LedgerRow>().ToTable("ledger").HasKey(l => l.Sequence);
        modelBuilder.Entity<SpanRow>().ToTable("spans").HasKey(s => new { s.TraceId, s.SpanId });

        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(t => t.GetProperties()))
        {
            if (property.FindAnnotation("Relational:ColumnName") is null)
            {
                property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            }

            if (property.PropertyInfo?.IsDefined(typeof(JsonColumnAttribute), inherit: false) is true)
            {
                property.SetColumnType("jsonb");
            }

            if (property.ClrType == typeof(OperationStatus) || property.ClrType == typeof(OperationStatus?))
            {
                property.SetValueConverter(StatusWords);
            }
        }
    }

    private static readonly ValueConverter<OperationStatus, string> StatusWords =
        new(status => StatusNames.Of(status), word => StatusNames.Parse(word));
}

/// <summary>A property that holds JSON text and is stored as jsonb.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class JsonColumnAttribute : Attribute;

/// <summary>The words that the database and the wire use for a status.</summary>
internal static class StatusNames
{
    private static readonly Dictionary<OperationStatus, string> Words =
        Enum.GetValues<OperationStatus>().ToDictionary(s => s, s => KtrdrJson.Word(s));

    private static readonly Dictionary<string, OperationStatus> Statuses = Words.ToDictionary(w => w.Value, w => w.Key);

    public static IReadOnlyCollection<string> All => Statuses.Keys;

    public static string Of(OperationStatus status) => Words[status];

    public static OperationStatus Parse(string word) => Statuses[word];

    public static bool TryParse(string word, out OperationStatus status) => Statuses.TryGetValue(word, out status);
}
