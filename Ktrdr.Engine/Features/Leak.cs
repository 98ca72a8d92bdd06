namespace Ktrdr.Engine.Features;

/// <summary>Kinds of nodes between bars and trades, in the order in which they follow from each other.</summary>
public enum LeakKind
{
    /// <summary>An indicator on the traded bars.</summary>
    Indicator,

    /// <summary>An indicator on a series from outside them.</summary>
    Context,

    /// <summary>One column of the features.</summary>
    Feature,

    /// <summary>Which rows are complete and have a whole window.</summary>
    Window,

    /// <summary>The scaling fitted on training rows.</summary>
    Normalization,

    /// <summary>What the model answers and decides.</summary>
    Decision,

    /// <summary>An executed order.</summary>
    Fill,
}

/// <summary>A value that changed although only later bars did.</summary>
/// <param name="Kind">Where the leak begins: what follows from a leaking node is not reported again.</param>
/// <param name="Node">Ids of the indicator, the feature, or the name of the kind.</param>
/// <param name="Timeframe">Timeframe of the indicator, id of its context source, or the base timeframe.</param>
/// <param name="Index">First bar (indicator, fill) or row that changed.</param>
/// <param name="CutPoint">Row after whose decision the bars were changed.</param>
public sealed record Leak(LeakKind Kind, string Node, string Timeframe, int Index, int CutPoint)
{
    /// <summary>The same among the leaks of several symbols: the one whose bars were changed is put before the node's name.</summary>
    internal Leak Of(string symbol) => this with { Node = $"{symbol}.{Node}" };

    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()} {Node} on {Timeframe} looks ahead: changing bars after row {CutPoint} changed index {Index}.";
}
