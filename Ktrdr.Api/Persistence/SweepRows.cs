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

    [JsonColumn]
    public required string DailyReturns { get; init; }
}
