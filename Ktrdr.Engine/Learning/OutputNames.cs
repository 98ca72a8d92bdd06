using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Learning;

/// <summary>What a network's outputs are called, in order: the classes of the labels, or the one number of a regression.</summary>
public static class OutputNames
{
    private static readonly string[] Trade = ["buy", "hold", "sell"];
    private static readonly string[] Regime = ["trending_up", "trending_down", "ranging", "volatile"];
    private static readonly string[] Context = ["bullish", "bearish", "neutral"];
    private static readonly string[] Regression = ["return"];

    public static IReadOnlyList<string> Of(OutputFormat format) => format switch
    {
        OutputFormat.Regression => Regression,
        OutputFormat.RegimeClassification => Regime,
        OutputFormat.ContextClassification => Context,
        _ => Trade,
    };
}
