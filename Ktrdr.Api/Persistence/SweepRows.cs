namespace Ktrdr.Api.Persistence;

internal sealed class SweepVariantRow
{
    public required string SweepId { get; init; }
    public int Number { get; init; }

    /// <summary>The part that computed it.</summary>
    public required string OperationId { get; init; }
    public string? StrategyHash { get; init; }
    public double? Sharpe { get; init; }

    /// <summary>Everything but the daily returns.</summary>
    [JsonColumn]
    public required string Variant { get; init; }

    /// <summary>As <see cref="Contracts.Backtests.PackedReturns"/>.</summary>
    public required byte[] DailyReturns { get; init; }

    /// <summary>Computed by the database from the variant, as are the two ratios: net, of one seed, and of all seeds at twice the costs. Null where the run failed.</summary>
    public int? Trades { get; init; }
    public double? HeadlineSharpe { get; init; }
    public double? StressedSharpe { get; init; }
}
