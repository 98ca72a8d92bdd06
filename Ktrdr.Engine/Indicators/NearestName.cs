namespace Ktrdr.Engine.Indicators;

/// <summary>Finds the known name that a misspelt one most likely means.</summary>
internal static class NearestName
{
    /// <summary>
    /// The candidate with the smallest edit distance, if that is at most 40 % of the longer name (the original's cutoff of 0.6);
    /// a candidate that the text is a whole word of (<c>fast</c> in <c>fast_period</c>) counts as near. Ties go to the first candidate.
    /// </summary>
    public static string? Among(string text, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = double.MaxValue;
        var lower = text.ToLowerInvariant();
        foreach (var candidate in candidates)
        {
            double distance = Distance(lower, candidate);
            var longest = Math.Max(lower.Length, candidate.Length);
            if (lower.Length > 1 && candidate.Split('_').Contains(lower))
            {
                distance = 0.5;
            }

            if (distance <= 0.4 * longest && distance < bestDistance)
            {
                (best, bestDistance) = (candidate, distance);
            }
        }

        return best;
    }

    private static int Distance(string a, string b)
    {
        var previous = new int[b.Length + 1];
        var current = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substitution = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(substitution, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
