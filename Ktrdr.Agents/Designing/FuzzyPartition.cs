using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>The range of an indicator as a partition must cover it.</summary>
/// <param name="Low">Centre of the lowest word.</param>
/// <param name="High">Centre of the highest word.</param>
/// <param name="Floor">No value lies below.</param>
/// <param name="Ceiling">No value lies above.</param>
/// <param name="Digits">Decimals of the breakpoints.</param>
internal sealed record ValueRange(double Low, double High, double Floor, double Ceiling, int Digits);

/// <summary>Divides the range of an indicator into overlapping words that leave no value without a membership.</summary>
internal static class FuzzyPartition
{
    private const double LargestShift = 0.15;
    private const double HalfPlateau = 0.2;
    private const double Spread = 0.45;

    /// <summary>The outer words are shoulders up to the end of the range; the inner ones have the asked shape.</summary>
    /// <param name="words">Names from low to high, at least two.</param>
    public static Sequence<MembershipSpec> Draw(Generator generator, MembershipKind inner, IReadOnlyList<string> words, ValueRange range)
    {
        var last = words.Count - 1;
        var step = (range.High - range.Low) / last;
        var centres = new double[words.Count];
        for (var i = 0; i <= last; i++)
        {
            var shift = (generator.NextDouble() - 0.5) * 2 * LargestShift * step;
            centres[i] = Math.Round(range.Low + (i * step) + shift, range.Digits);
        }

        var memberships = new MembershipSpec[words.Count];
        for (var i = 0; i <= last; i++)
        {
            var function = i == 0 ? Trapezoid(range.Floor, range.Floor, centres[0], centres[1])
                : i == last ? Trapezoid(centres[last - 1], centres[last], range.Ceiling, range.Ceiling)
                : Inner(inner, centres[i - 1], centres[i], centres[i + 1], range.Digits);
            memberships[i] = new MembershipSpec(words[i], function);
        }

        return memberships.ToSequence();
    }

    private static MembershipFunction Inner(MembershipKind kind, double before, double centre, double after, int digits)
    {
        switch (kind)
        {
            case MembershipKind.Gaussian:
                return MembershipCatalog.Create(kind, [centre, Math.Round(Spread * (after - before) / 2, digits + 1)]);
            case MembershipKind.Trapezoidal:
                var left = Math.Round(centre - (HalfPlateau * (centre - before)), digits + 1);
                var right = Math.Round(centre + (HalfPlateau * (after - centre)), digits + 1);
                return Trapezoid(before, left, right, after);
            default:
                return MembershipCatalog.Create(MembershipKind.Triangular, [before, centre, after]);
        }
    }

    private static MembershipFunction Trapezoid(double a, double b, double c, double d) => MembershipCatalog.Create(MembershipKind.Trapezoidal, [a, b, c, d]);
}
