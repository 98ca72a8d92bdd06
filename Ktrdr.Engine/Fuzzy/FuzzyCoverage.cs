using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Fuzzy;

/// <summary>How well a fuzzy set covers the values its indicator really takes.</summary>
/// <param name="FuzzySet">Id of the set.</param>
/// <param name="Timeframe">Timeframe of the bars.</param>
/// <param name="Bars">Bars on which the indicator has a value.</param>
/// <param name="UncoveredShare">Share of those bars where no membership exceeds 0.05; null without bars.</param>
public sealed record FuzzyCoverage(string FuzzySet, string Timeframe, int Bars, double? UncoveredShare)
{
    /// <summary>Measures a set over the values of its indicator, one per bar; NaN values do not count.</summary>
    public static FuzzyCoverage Of(FuzzySetSpec set, string timeframe, ReadOnlySpan<double> values)
    {
        const int tile = 512;
        Span<float> memberships = stackalloc float[tile];
        Span<float> highest = stackalloc float[tile];
        var (bars, uncovered) = (0, 0);
        for (var start = 0; start < values.Length; start += tile)
        {
            var part = values.Slice(start, Math.Min(tile, values.Length - start));
            highest.Clear();
            foreach (var membership in set.Memberships)
            {
                membership.Function.Evaluate(part, memberships);
                for (var i = 0; i < part.Length; i++)
                {
                    highest[i] = memberships[i] > highest[i] ? memberships[i] : highest[i];
                }
            }

            for (var i = 0; i < part.Length; i++)
            {
                if (!double.IsNaN(part[i]))
                {
                    bars++;
                    uncovered += highest[i] <= MembershipFunction.Noticeable ? 1 : 0;
                }
            }
        }

        return new FuzzyCoverage(set.Id, timeframe, bars, bars == 0 ? null : (double)uncovered / bars);
    }
}
