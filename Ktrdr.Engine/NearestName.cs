namespace Ktrdr.Engine;

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
            // Lengths that differ by more are never near, and a text of a megabyte is not compared letter by letter.
            var longest = Math.Max(lower.Length, candidate.Length);
            double distance = Math.Abs(lower.Length - candidate.Length) > 0.4 * longest ? double.MaxValue : Distance(lower, candidate);
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

    /// <summary>Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var distance = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            distance[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            distance[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var best = Math.Min(
                    distance[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    best = Math.Min(best, distance[i - 2, j - 2] + 1);
                }

                distance[i, j] = best;
            }
        }

        return distance[a.Length, b.Length];
    }
}
