namespace Ktrdr.Engine.Statistics;

/// <summary>What a run was split or varied by.</summary>
public enum StabilityKind
{
    /// <summary>Folds of a validation scheme: what models trained without a stretch did on it.</summary>
    Fold,

    /// <summary>Stretches of time of equal length.</summary>
    Period,

    /// <summary>Each of several symbols with the whole account for itself.</summary>
    Symbol,

    /// <summary>The same strategy trained with other seeds.</summary>
    Seed,

    /// <summary>Kinds of market: rising or falling, quiet or wild.</summary>
    Regime,

    /// <summary>Strategies that differ by one step of one parameter.</summary>
    Neighbour,
}

/// <summary>The strategy's result in one part.</summary>
/// <param name="Kind">What the part is one of.</param>
/// <param name="Name">For people.</param>
/// <param name="NetSharpe">Annualised daily net Sharpe ratio; null where undefined.</param>
/// <param name="NetReturn">Total net return.</param>
public sealed record StabilityPart(StabilityKind Kind, string Name, double? NetSharpe, double NetReturn)
{
    /// <summary>An undefined ratio is no gain.</summary>
    public bool Gains => NetSharpe > 0 && NetReturn > 0;

    /// <summary>A part by its daily net returns; one without any gains nothing.</summary>
    public static StabilityPart Of(StabilityKind kind, string name, DailyReturns? daily) =>
        new(kind, name, daily?.Sharpe, daily?.TotalReturn ?? 0);
}

/// <summary>All parts of one kind together.</summary>
/// <param name="Kind">What they are parts of.</param>
/// <param name="Parts">In the order given.</param>
/// <param name="Gaining">Number of parts that gain.</param>
/// <param name="Worst">Smallest net Sharpe ratio; null where any is undefined.</param>
/// <param name="Score">In [0, 1): below ½ with any part that does not gain.</param>
public sealed record StabilityScore(StabilityKind Kind, IReadOnlyList<StabilityPart> Parts, int Gaining, double? Worst, double Score)
{
    /// <summary>Every part gains.</summary>
    public bool IsRobust => Gaining == Parts.Count;
}

/// <summary>
/// How little a result depends on where one looks. Per kind: ½ + ½·w/(1 + w) where every part gains, w being the worst part's net Sharpe ratio; else
/// half the share of gaining parts. So one losing fold never scores as robust however well the others do, a worse part never raises a score, and one
/// losing part more never does. The whole is the worst kind.
/// </summary>
public sealed record Stability
{
    /// <summary>One per kind present, in the order of the kinds.</summary>
    public required IReadOnlyList<StabilityScore> Kinds { get; init; }

    /// <summary>The smallest of the kinds' scores; null without any part.</summary>
    public double? Score => Kinds.Count == 0 ? null : Kinds.Min(k => k.Score);

    /// <summary>There are parts, and every one of them gains.</summary>
    public bool IsRobust => Kinds.Count > 0 && Kinds.All(k => k.IsRobust);

    public static Stability Of(IEnumerable<StabilityPart> parts) => new()
    {
        Kinds = [.. parts.GroupBy(p => p.Kind).OrderBy(g => g.Key).Select(g => Of(g.Key, [.. g]))],
    };

    private static StabilityScore Of(StabilityKind kind, StabilityPart[] parts)
    {
        var gaining = parts.Count(p => p.Gains);
        double? worst = parts.All(p => p.NetSharpe is not null) ? parts.Min(p => p.NetSharpe!.Value) : null;
        var score = gaining < parts.Length ? 0.5 * gaining / parts.Length : 0.5 + (0.5 * worst!.Value / (1 + worst.Value));
        return new StabilityScore(kind, parts, gaining, worst, score);
    }
}
