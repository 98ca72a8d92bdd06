using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Fuzzy;

/// <summary>Values that belong to no membership of a set by more than <see cref="MembershipFunction.Noticeable"/>: there the network sees nothing.</summary>
public static class DeadZones
{
    /// <summary>Gaps narrower than this share of the set's span are not worth a word.</summary>
    private const double NarrowestGap = 0.01;

    /// <summary>The gaps between the memberships of a set, from low to high; what lies beyond the outermost memberships does not count.</summary>
    public static IReadOnlyList<(double Low, double High)> Of(FuzzySetSpec set)
    {
        var ranges = set.Memberships.Select(m => m.Function.NoticeableRange()).OrderBy(r => r.Low).ThenBy(r => r.High).ToArray();
        var ends = ranges.SelectMany(r => new[] { r.Low, r.High }).Where(double.IsFinite).ToArray();
        var span = ends.Length == 0 ? 0 : ends.Max() - ends.Min();
        var gaps = new List<(double, double)>();
        var covered = ranges[0].High;
        foreach (var (low, high) in ranges)
        {
            if (low - covered > NarrowestGap * span)
            {
                gaps.Add((covered, low));
            }

            covered = Math.Max(covered, high);
        }

        return gaps;
    }
}
