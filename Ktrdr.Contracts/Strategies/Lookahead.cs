namespace Ktrdr.Contracts.Strategies;

/// <summary>Body of <c>POST /strategies/lookahead</c> and the request of a <c>lookahead_check</c> operation: does a strategy see the future?</summary>
/// <param name="Document">The strategy, YAML or JSON.</param>
public sealed record LookaheadRequest(string Document)
{
    /// <summary>Dataset version; null: the latest of the strategy's first symbol and base timeframe.</summary>
    public string? Dataset { get; init; }

    /// <summary>Dataset versions of the context series; the latest of each that is not named.</summary>
    public IReadOnlyList<string> MoreDatasets { get; init; } = [];

    /// <summary>Bars after whose close everything is changed, 1 to 100.</summary>
    public int CutPoints { get; init; } = 8;

    /// <summary>Decides the bars, the changes and the weights of the network that stands in for a trained one.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>Something that was compared at every cut point.</summary>
/// <param name="Kind">indicator, context, feature, window, normalization, decision or fill.</param>
/// <param name="Values">How many values it has.</param>
public sealed record LookaheadNode(string Kind, string Node, string Timeframe, int Values);

/// <summary>A node that sees the future.</summary>
/// <param name="Index">First bar or row that changed.</param>
/// <param name="CutPoint">Bar after whose close the bars were changed.</param>
/// <param name="Message">The same in a sentence.</param>
public sealed record LookaheadLeak(string Kind, string Node, string Timeframe, int Index, int CutPoint, string Message);

/// <summary>The result of a <c>lookahead_check</c> operation.</summary>
public sealed record LookaheadResult
{
    public required string StrategyName { get; init; }
    public required string StrategyHash { get; init; }
    public required string Dataset { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }
    public required int Bars { get; init; }
    public required IReadOnlyList<int> CutPoints { get; init; }
    public required IReadOnlyList<LookaheadNode> Nodes { get; init; }

    /// <summary>Empty where no node sees the future.</summary>
    public required IReadOnlyList<LookaheadLeak> Leaks { get; init; }
}
