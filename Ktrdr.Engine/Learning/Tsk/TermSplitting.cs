namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>Brings borders between terms to the thresholds at which an input was found to tell something: a near border moves there, else the term that the threshold cuts becomes two.</summary>
internal static class TermSplitting
{
    /// <summary>A border is near where it is within this share of the input's range.</summary>
    private const double Near = 0.08;
    private const double Overlap = 0.85;
    private const int MostTerms = 9;

    /// <param name="thresholds">In the network's unit; the first count most.</param>
    public static TskInput Refine(TskInput variable, IEnumerable<double> thresholds)
    {
        foreach (var threshold in thresholds)
        {
            variable = Refine(variable, threshold);
        }

        return variable;
    }

    private static TskInput Refine(TskInput variable, double threshold)
    {
        var positions = variable.Borders.Select((b, j) => variable.Terms[j].Centre + (b.Crossing * (variable.Terms[j + 1].Centre - variable.Terms[j].Centre))).ToArray();
        var nearest = Enumerable.Range(0, positions.Length).MinBy(j => Math.Abs(positions[j] - threshold));
        if (Math.Abs(positions[nearest] - threshold) <= Near * (variable.High - variable.Low))
        {
            positions[nearest] = threshold;
            return With(variable, variable.Terms, positions, variable.Borders);
        }

        var cut = positions.Count(p => p < threshold);
        if (variable.Terms.Count == MostTerms)
        {
            return variable;
        }

        // Halves reach as far from the threshold as the nearer of their other borders, so that the threshold lies between their centres.
        var below = cut == 0 ? double.PositiveInfinity : threshold - positions[cut - 1];
        var above = cut == positions.Length ? double.PositiveInfinity : positions[cut] - threshold;
        var (lower, upper) = (Math.Min(below, above) / 2, Math.Min(below, above) / 2);
        var name = variable.Terms[cut].Name;
        TskTerm[] terms =
        [
            .. variable.Terms.Take(cut), new TskTerm($"{name}, lower part", threshold - lower), new TskTerm($"{name}, upper part", threshold + upper), .. variable.Terms.Skip(cut + 1),
        ];
        double[] at = [.. positions.Take(cut), threshold, .. positions.Skip(cut)];
        TskBorder[] borders = [.. variable.Borders.Take(cut), new TskBorder(0.5, Overlap), .. variable.Borders.Skip(cut)];
        return With(variable, terms, at, borders);
    }

    /// <summary>Terms with borders at given places, as far as a border can be from the middle between its centres.</summary>
    private static TskInput With(TskInput variable, IReadOnlyList<TskTerm> terms, double[] positions, IReadOnlyList<TskBorder> borders) => variable with
    {
        Terms = terms,
        Borders =
        [
            .. borders.Select((b, j) => b with
            {
                Crossing = Math.Clamp((positions[j] - terms[j].Centre) / (terms[j + 1].Centre - terms[j].Centre), TskTerms.LowestCrossing, TskTerms.HighestCrossing),
            }),
        ],
    };
}
