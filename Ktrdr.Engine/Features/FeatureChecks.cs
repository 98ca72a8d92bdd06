using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>Whether a strategy may be run on given bars, and whether they have what it needs.</summary>
internal static class FeatureChecks
{
    /// <summary>The bars of the base timeframe.</summary>
    /// <exception cref="InvalidInputException">A series is missing, symbols differ, or the strategy may not be run on these bars.</exception>
    public static BarSeries Check(StrategyDocument document, FeaturePlan plan, FeatureInputs inputs, string baseTimeframe)
    {
        CheckTimeframe(document, baseTimeframe);
        var needed = plan.Columns.Select(c => c.Timeframe).Append(baseTimeframe).Distinct(StringComparer.Ordinal);
        foreach (var timeframe in needed)
        {
            if (!inputs.Bars.TryGetValue(timeframe, out var bars))
            {
                throw Refused("timeframe", timeframe, $"there are no bars of timeframe {timeframe}, which strategy {document.Name} needs", string.Join(", ", inputs.Bars.Keys.Order(StringComparer.Ordinal)));
            }

            if (bars.Timeframe.Name != timeframe)
            {
                throw Refused("timeframe", timeframe, $"the bars given for timeframe {timeframe} are of timeframe {bars.Timeframe.Name}", timeframe);
            }

            CheckSymbol(document, bars, inputs.Bars[baseTimeframe].Symbol);
        }

        foreach (var node in plan.Nodes)
        {
            CheckNode(document, node, inputs);
        }

        return inputs.Bars[baseTimeframe];
    }

    private static void CheckNode(StrategyDocument document, IndicatorNode node, FeatureInputs inputs)
    {
        if (node.IsContext && !inputs.Context.ContainsKey(node.Series))
        {
            var given = inputs.Context.Count == 0 ? "none" : string.Join(", ", inputs.Context.Keys.Order(StringComparer.Ordinal));
            throw Refused("context_data", node.Series, $"there is no series {node.Series}, which {node.Name} of strategy {document.Name} reads", given);
        }

        if (node.Type.Repaints)
        {
            throw Refused("indicators", node.Name, $"{node.Name} is {node.Type.Name}, whose past values change with later bars", "indicators that do not repaint");
        }

        var bars = node.In(inputs);
        if (node.ReadsVolume && !bars.HasVolume)
        {
            throw Refused("indicators", node.Name, $"{node.Name} reads the volume, which the bars of {bars.Symbol} {bars.Timeframe} do not have", "indicators of prices");
        }
    }

    private static void CheckTimeframe(StrategyDocument document, string baseTimeframe)
    {
        if (!document.TrainingData.Timeframes.Contains(baseTimeframe))
        {
            var allowed = string.Join(", ", document.TrainingData.Timeframes);
            throw Refused("timeframe", baseTimeframe, $"the base timeframe is {baseTimeframe}, strategy {document.Name} has {allowed}", allowed);
        }

        if (document.Deployment is { Timeframes.Count: > 0 } limits && !limits.Timeframes.Contains(baseTimeframe))
        {
            var allowed = string.Join(", ", limits.Timeframes);
            throw Refused("timeframe", baseTimeframe, $"the base timeframe is {baseTimeframe}, deployment.target_timeframes of strategy {document.Name} allows {allowed}", allowed);
        }
    }

    private static void CheckSymbol(StrategyDocument document, BarSeries bars, string symbol)
    {
        if (bars.Symbol != symbol)
        {
            throw Refused("symbol", bars.Symbol, $"the bars of timeframe {bars.Timeframe.Name} are of {bars.Symbol}, those of the base timeframe of {symbol}", symbol);
        }

        if (document.Deployment is not { } deployment || document.TrainingData.Symbols.Contains(symbol))
        {
            return;
        }

        if (deployment.Symbols == SymbolScope.TrainingOnly)
        {
            var allowed = string.Join(", ", document.TrainingData.Symbols);
            throw Refused("symbol", symbol, $"the bars are of {symbol}, deployment.target_symbols of strategy {document.Name} allows {allowed} only", allowed);
        }

        if (deployment.ExcludedSymbols.Contains(symbol))
        {
            throw Refused("symbol", symbol, $"the bars are of {symbol}, which deployment.target_symbols of strategy {document.Name} excludes", $"not {string.Join(", ", deployment.ExcludedSymbols)}");
        }
    }

    private static InvalidInputException Refused(string path, string value, string message, string allowed) =>
        new(new Problem("unfit_bars", path, $"{path}: {message}; allowed: {allowed}.") { Value = value, Allowed = allowed });
}
