namespace Ktrdr.Api.Persistence;

internal sealed class DatasetRow
{
    public required string Id { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public bool Synthetic { get; init; }

    /// <summary>Equal for versions whose bars overlap in time and returns, whatever their name or timeframe: trials on them count together.</summary>
    public required string Family { get; init; }

    /// <summary>All bars; sealed.</summary>
    public required string BarsSha256 { get; init; }

    /// <summary>The bars before the seal: what the routes serve.</summary>
    public required string UnsealedSha256 { get; init; }

    /// <summary>Content hash of the unsealed bars.</summary>
    public required string UnsealedId { get; init; }

    [JsonColumn]
    public required string Document { get; init; }

    /// <summary>Days since 1970-01-01, with the last close of each.</summary>
    public required int[] Days { get; init; }
    public required double[] Closes { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last loaded: the newest is what "latest" means.</summary>
    public DateTimeOffset LatestAt { get; init; }
}

internal sealed class BarRow
{
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public DateTimeOffset Time { get; init; }
    public double Open { get; init; }
    public double High { get; init; }
    public double Low { get; init; }
    public double Close { get; init; }
    public double? Volume { get; init; }
}

internal sealed class StrategyRow
{
    public required string Hash { get; init; }
    public required string Name { get; init; }
    public int Version { get; init; }
    public required string Document { get; init; }
    public string? Description { get; init; }
    public required string Author { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public required string[] Features { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class ModelRow
{
    public required string Id { get; init; }
    public required string OperationId { get; init; }
    public required string StrategyName { get; init; }
    public required string StrategyHash { get; init; }
    public int Version { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public required string Dataset { get; init; }
    public required string Purpose { get; init; }

    [JsonColumn]
    public required string Training { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class BacktestRow
{
    public required string OperationId { get; init; }
    public string? CampaignId { get; init; }
    public string? ExperimentId { get; init; }
    public required string Purpose { get; init; }
    public required string ModelId { get; init; }
    public required string StrategyHash { get; init; }
    public required string Dataset { get; init; }
    public required string DataWindow { get; init; }

    [JsonColumn]
    public required string Result { get; init; }

    /// <summary>As <see cref="Contracts.Backtests.PackedReturns"/>.</summary>
    public required byte[] DailyReturns { get; init; }

    /// <summary>Computed by the database from the result, as are the two ratios: net, of the seed that the result shows, and of all seeds at twice the costs.</summary>
    public int? Trades { get; init; }
    public double? HeadlineSharpe { get; init; }
    public double? StressedSharpe { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
}

internal sealed class TradeRow
{
    public required string OperationId { get; init; }
    public int Number { get; init; }
    public required string Side { get; init; }
    public double Quantity { get; init; }
    public DateTimeOffset EntryTime { get; init; }
    public double EntryPrice { get; init; }
    public DateTimeOffset ExitTime { get; init; }
    public double ExitPrice { get; init; }
    public int BarsHeld { get; init; }
    public double GrossPnl { get; init; }
    public double Commission { get; init; }
    public double Slippage { get; init; }
    public double Financing { get; init; }
    public double NetPnl { get; init; }
    public double MaxFavourable { get; init; }
    public double MaxAdverse { get; init; }
    public required string ExitReason { get; init; }
    public double? Confidence { get; init; }
    public string? Symbol { get; init; }
    public string? Reason { get; init; }
}

/// <summary>One curve as three little-endian columns: a row per bar would cost twenty times the space and time of these.</summary>
internal sealed class EquityRow
{
    public required string OperationId { get; init; }

    /// <summary>Unix milliseconds, int64.</summary>
    public required byte[] Times { get; init; }
    public required byte[] Values { get; init; }
    public required byte[] Exposure { get; init; }
}
