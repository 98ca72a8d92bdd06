namespace Ktrdr.Engine.Strategies;

/// <summary>What a format of outputs means to whoever runs a model.</summary>
public static class OutputFormats
{
    private static readonly string[] Trade = ["buy", "hold", "sell"];
    private static readonly string[] Regime = ["trending_up", "trending_down", "ranging", "volatile"];
    private static readonly string[] Context = ["bullish", "bearish", "neutral"];
    private static readonly string[] Regression = ["return"];

    /// <summary>Of a network's outputs, in their order.</summary>
    public static IReadOnlyList<string> Names(this OutputFormat format) => format switch
    {
        OutputFormat.Regression => Regression,
        OutputFormat.RegimeClassification => Regime,
        OutputFormat.ContextClassification => Context,
        _ => Trade,
    };

    /// <summary>Whether such a model trades by itself.</summary>
    public static bool Trades(this OutputFormat format) => format is OutputFormat.Classification or OutputFormat.Regression;

    /// <exception cref="InvalidInputException">The strategy's models only tell other models something.</exception>
    public static void RequireTrades(this StrategyDocument strategy)
    {
        if (!strategy.Decisions.OutputFormat.Trades())
        {
            var kind = strategy.Decisions.OutputFormat == OutputFormat.RegimeClassification ? "regimes" : "the daily context";
            throw new InvalidInputException(new Problem(
                "never_trades", "decisions.output_format", $"decisions.output_format of strategy {strategy.Name} tells {kind} and never trades by itself; allowed: a backtest of an ensemble that it is a member of."));
        }
    }
}
