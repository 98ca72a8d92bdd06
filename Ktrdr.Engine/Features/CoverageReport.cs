using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>How much of the bars a strategy's fuzzy sets see.</summary>
/// <param name="Sets">One per fuzzy set and timeframe of the inputs, in input order, measured on the bars of that timeframe, or on those of its context series.</param>
/// <param name="AllZeroRows">Share of the complete rows on which every fuzzy feature is exactly 0; null without complete rows or without fuzzy features.</param>
public sealed record CoverageReport(IReadOnlyList<FuzzyCoverage> Sets, double? AllZeroRows)
{
    /// <param name="document">The strategy.</param>
    /// <param name="inputs">As for the pipeline.</param>
    /// <param name="baseTimeframe">As for the pipeline.</param>
    /// <exception cref="InvalidInputException">A series is missing, symbols differ, or the strategy may not be run on these bars.</exception>
    public static CoverageReport Of(StrategyDocument document, FeatureInputs inputs, string baseTimeframe)
    {
        var computed = new IndicatorMemory();
        using var features = FeatureStream.Open(document, inputs, baseTimeframe, memory: computed);
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

        return new CoverageReport(sets, ShareOfZeroRows(features, [.. FeaturePlan.Of(document).Columns.Select(c => c.Membership is not null)]));
    }

    /// <param name="isFuzzy">Per column.</param>
    private static double? ShareOfZeroRows(FeatureStream features, bool[] isFuzzy)
    {
        var (complete, zero) = (0, 0);
        var ready = new bool[features.Rows];
        features.ForEachTile(0, features.Rows, 1, ready, (matrix, _, count, start) =>
        {
            for (var row = 0; row < count; row++)
            {
                if (ready[start + row])
                {
                    complete++;
                    zero += IsZero(matrix.Slice(row * isFuzzy.Length, isFuzzy.Length), isFuzzy) ? 1 : 0;
                }
            }
        });

        return complete == 0 || !isFuzzy.Contains(true) ? null : (double)zero / complete;
    }

    private static bool IsZero(ReadOnlySpan<float> row, bool[] isFuzzy)
    {
        for (var c = 0; c < row.Length; c++)
        {
            if (isFuzzy[c] && row[c] != 0)
            {
                return false;
            }
        }

        return true;
    }
}
