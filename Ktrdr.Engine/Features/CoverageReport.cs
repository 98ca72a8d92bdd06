using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>How much of the bars a strategy's fuzzy sets see.</summary>
public static class CoverageReport
{
    /// <summary>One per fuzzy set and timeframe of the inputs, in input order, measured on the bars of that timeframe, or on those of its context series.</summary>
    /// <param name="document">The strategy.</param>
    /// <param name="inputs">As for the pipeline.</param>
    /// <param name="baseTimeframe">As for the pipeline.</param>
    /// <exception cref="InvalidInputException">A series is missing, symbols differ, or the strategy may not be run on these bars.</exception>
    public static IReadOnlyList<FuzzyCoverage> Of(StrategyDocument document, FeatureInputs inputs, string baseTimeframe)
    {
        FeatureChecks.Check(document, FeaturePlan.Of(document), inputs, baseTimeframe);
        var computed = new IndicatorMemory();
        var sets = new List<FuzzyCoverage>();
        foreach (var input in document.Inputs.Where(i => i.FuzzySet is not null))
        {
            var set = FeaturePlan.FindSet(document, input.FuzzySet!);
            var indicator = document.Indicators.First(i => i.Id == set.Indicator.Id);
            var type = indicator.FindType();
            foreach (var timeframe in input.Timeframes)
            {
                var node = new IndicatorNode(indicator.DataSource ?? timeframe, indicator.DataSource is not null, type, indicator.Arguments, [indicator.Id]);
                var values = computed.Compute(node, node.In(inputs))[FeaturePlan.OutputIndex(type, set.Indicator)];
                sets.Add(FuzzyCoverage.Of(set, timeframe, values));
            }
        }

        return sets;
    }
}
