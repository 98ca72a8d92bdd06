using System.Text.Json.Serialization;

namespace Ktrdr.Contracts.Strategies;

/// <summary>Body of <c>POST /strategies/lookahead</c> and the request of a <c>lookahead_check</c> operation: does a strategy see the future?</summary>
/// <param name="Document">The strategy, YAML or JSON.</param>
public sealed record LookaheadRequest(string Document)
{
    /// <summary>
    /// Dataset version of one of the strategy's symbols; the latest of each other. Null: the latest of all, in the base timeframe. One of a symbol that the strategy does not name is checked alone.
    /// </summary>
    public string? Dataset { get; init; }

    /// <summary>Dataset versions of the further symbols and the context series; the latest of each that is not named. A symbol without data is not tried; a context series must be there.</summary>
    public IReadOnlyList<string> MoreDatasets { get; init; } = [];

    /// <summary>Bars of each symbol after whose close everything is changed, 1 to 100.</summary>
    public int CutPoints { get; init; } = 8;

    /// <summary>Decides the bars, the changes and the weights of the network that stands in for a trained one.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>Something that was compared at every cut point of its symbol.</summary>
/// <param name="Node">Its name, with the symbol before it where the strategy names several.</param>
/// <param name="Kind">indicator, context, feature, window, normalization, decision or fill.</param>
/// <param name="Values">How many values it has.</param>
public sealed record LookaheadNode(string Kind, string Node, string Timeframe, int Values);

/// <summary>A node that sees the future.</summary>
/// <param name="Index">First bar or row that changed.</param>
/// <param name="CutPoint">Bar after whose close the bars were changed.</param>
/// <param name="Message">The same in a sentence.</param>
public sealed record LookaheadLeak(string Kind, string Node, string Timeframe, int Index, int CutPoint, string Message);

/// <summary>A symbol of a check.</summary>
/// <param name="Timeframe">Of the bars that were changed.</param>
/// <param name="Timeframes">Those that were looked at: the bars' own, and wider ones made of them.</param>
/// <param name="Dataset">Version of its bars; null where there is none.</param>
/// <param name="CutPoints">Bars after whose close everything was changed.</param>
/// <param name="NotTried">Why there is no cut point; null where there is one.</param>
public sealed record LookaheadSymbol(string Symbol, string Timeframe, IReadOnlyList<string> Timeframes, string? Dataset, int Bars, IReadOnlyList<int> CutPoints, string? NotTried);

/// <summary>The result of a <c>lookahead_check</c> operation.</summary>
public sealed record LookaheadResult
{
    public required string StrategyName { get; init; }
    public required string StrategyHash { get; init; }

    /// <summary>With symbol and timeframe: of the first symbol that has data.</summary>
    public required string Dataset { get; init; }
    public required string Symbol { get; init; }
    public required string Timeframe { get; init; }

    /// <summary>Of all symbols that were tried.</summary>
    public required int Bars { get; init; }

    /// <summary>Of one symbol after the other, as in <see cref="Symbols"/>.</summary>
    public required IReadOnlyList<int> CutPoints { get; init; }
    public required IReadOnlyList<LookaheadNode> Nodes { get; init; }

    /// <summary>Empty where no node was found to see the future at the cut points.</summary>
    public required IReadOnlyList<LookaheadLeak> Leaks { get; init; }

    /// <summary>Every symbol that the strategy names, tried or not; empty in results of versions that looked at the first one only.</summary>
    public IReadOnlyList<LookaheadSymbol> Symbols { get; init; } = [];

    /// <summary>Timeframes that the document names and no input reads: there is nothing of them to try.</summary>
    public IReadOnlyList<string> UnreadTimeframes { get; init; } = [];

    /// <summary>What was tried and found in a line; null in results of versions that looked at one symbol only.</summary>
    public string? Summary { get; init; }
}

/// <summary>What the future-perturbation proof of a training, a backtest or a sweep's variant was tried at. One that found something that looks ahead ends the run: <c>look_ahead</c>.</summary>
/// <param name="CutPoints">Moments of the window after which the bars were changed, those of every symbol. 0: nothing could be tried, and nothing is known.</param>
/// <param name="Nodes">Indicators, features and what follows from them that were compared, up to the fills where there are some.</param>
/// <param name="Values">How many values they have together.</param>
public sealed record LookaheadProof(int CutPoints, int Nodes, long Values)
{
    /// <summary>Each symbol of the run; null in results of versions that did not keep them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ProvenSymbol>? Symbols { get; init; }

    /// <summary>What was tried and found in a line, or that nothing could be tried; null in results of versions that did not keep it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Summary { get; init; }
}

/// <summary>A symbol of a run and what it was tried at.</summary>
/// <param name="CutPoints">How many.</param>
/// <param name="NotTried">Why there is no cut point; null where there is one.</param>
public sealed record ProvenSymbol(string Symbol, int CutPoints, string? NotTried);
