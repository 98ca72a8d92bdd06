using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>How much of the bars a strategy's fuzzy sets see.</summary>
/// <param name="Sets">One per fuzzy set and timeframe of the inputs, in input order, measured on the bars of that timeframe, or on those of its context series.</param>
/// <param name="AllZeroRows">Share of the ready rows on which every fuzzy feature is exactly 0; null without ready rows or without fuzzy features.</param>
public sealed record CoverageReport(IReadOnlyList<FuzzyCoverage> Sets, double? AllZeroRows)
{
    /// <param name="document">The strategy.</param>
    /// <param name="inputs">As for the pipeline.</param>
    /// <param name="baseTimeframe">As for the pipeline.</param>
    /// <param name="memory">Indicators computed before.</param>
    public static CoverageReport Of(StrategyDocument document, FeatureInputs inputs, string baseTimeframe, IndicatorMemory? memory = null)
    {
        var computed = memory ?? new IndicatorMemory();
        var features = FeaturePipeline.Build(document, inputs, baseTimeframe, computed);
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

        return new CoverageReport(sets, ShareOfZeroRows(document, features));
    }

    /// <summary>The same for a strategy without context series.</summary>
    public static CoverageReport Of(StrategyDocument document, IReadOnlyDictionary<string, BarSeries> barsByTimeframe, string baseTimeframe) =>
        Of(document, new FeatureInputs(barsByTimeframe), baseTimeframe);

    private static double? ShareOfZeroRows(StrategyDocument document, FeatureMatrix features)
    {
        var fuzzy = FeaturePlan.Of(document).Columns.Select(c => c.Membership is not null).ToArray();
        var (ready, zero) = (0, 0);
        for (var row = 0; row < features.Rows; row++)
        {
            if (!features.IsReady[row])
            {
                continue;
            }

            ready++;
            var values = features.Row(row);
            var allZero = true;
            for (var c = 0; c < values.Length; c++)
            {
                allZero &= !fuzzy[c] || values[c] == 0;
            }

            zero += allZero ? 1 : 0;
        }

        return ready == 0 || !fuzzy.Contains(true) ? null : (double)zero / ready;
    }
}
