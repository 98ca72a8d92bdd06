using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Fuzzy;

public enum MembershipKind
{
    Triangular,
    Trapezoidal,
    Gaussian,
    Sigmoid,
    Bell,
}

/// <summary>
/// A fuzzy membership: how much a value belongs to a word, from 0 to 1. Shapes: triangular(a, b, c) is 1 at b and 0 at and beyond a and c; trapezoidal(a, b, c, d) is 1
/// from b to c, edges included, so that a shoulder (a == b or c == d) is 1 at its own edge; where two parameters coincide the side is vertical and the value at the edge
/// is 1, just outside it 0. gaussian(mu, sigma) is exp(-((x - mu) / sigma)^2 / 2), sigmoid(center, slope) is 1 / (1 + exp(-slope (x - center))),
/// the generalised bell(width, slope, center) is 1 / (1 + |(x - center) / width|^(2 slope)). Make values with <see cref="MembershipCatalog.Create"/>, which checks the parameters.
/// </summary>
/// <param name="Kind">The shape.</param>
/// <param name="Parameters">In the order above.</param>
public sealed record MembershipFunction(MembershipKind Kind, Sequence<double> Parameters)
{
    /// <summary>Memberships below this count as none: see <see cref="FuzzyCoverage"/>.</summary>
    public const double Noticeable = 0.05;

    /// <summary>sqrt(2 ln 20): distance from mu, in sigmas, at which a gaussian falls to <see cref="Noticeable"/>.</summary>
    private const double GaussianReach = 2.4477468306808161;

    /// <summary>ln 19: times 1 / slope, the distance from its center at which a sigmoid falls to <see cref="Noticeable"/>.</summary>
    private const double LogisticReach = 2.9444389791664403;

    /// <summary>What <see cref="Evaluate(ReadOnlySpan{double}, Span{float})"/> works with for the shapes with straight sides, null for the others: whoever evaluates block by block divides once.</summary>
    internal SlopedMembership? Sloped => Kind switch
    {
        MembershipKind.Triangular => new SlopedMembership(Parameters[0], Parameters[1], Parameters[1], Parameters[2]),
        MembershipKind.Trapezoidal => new SlopedMembership(Parameters[0], Parameters[1], Parameters[2], Parameters[3]),
        _ => null,
    };

    /// <summary>Membership of one value: the bits of <see cref="Evaluate"/>.</summary>
    public float Evaluate(double x)
    {
        Span<float> y = stackalloc float[1];
        Evaluate(new ReadOnlySpan<double>(in x), y);
        return y[0];
    }

    /// <summary>
    /// Membership of each value; NaN gives NaN. Computed in double precision and rounded once to single (the curves: their exponent or distance is rounded, then
    /// the function of it is computed in single precision; relative error at most 2e-6 above a membership of 1e-6, for a bell times its slope). An element's bits depend neither on its place nor on the width of the machine's vectors.
    /// </summary>
    /// <param name="x">Values in the unit of the parameters.</param>
    /// <param name="y">At least as long as <paramref name="x"/>.</param>
    public void Evaluate(ReadOnlySpan<double> x, Span<float> y)
    {
        if (y.Length < x.Length)
        {
            throw new ArgumentException($"The result holds {y.Length} values, {x.Length} are needed.", nameof(y));
        }

        switch (Kind)
        {
            case MembershipKind.Triangular or MembershipKind.Trapezoidal:
                Sloped!.Value.Evaluate(x, y[..x.Length]);
                break;
            case MembershipKind.Sigmoid:
                new SigmoidMembership(Parameters[0], Parameters[1]).Evaluate(x, y[..x.Length]);
                break;
            case MembershipKind.Bell:
                new BellMembership(Parameters[0], Parameters[1], Parameters[2]).Evaluate(x, y[..x.Length]);
                break;
            default:
                new GaussianMembership(Parameters[0], Parameters[1]).Evaluate(x, y[..x.Length]);
                break;
        }
    }

    /// <summary>The interval on which the membership exceeds <see cref="Noticeable"/>; a sigmoid's is unbounded on one side.</summary>
    public (double Low, double High) NoticeableRange()
    {
        var p = Parameters;
        return Kind switch
        {
            MembershipKind.Triangular => (p[0] + (Noticeable * (p[1] - p[0])), p[2] - (Noticeable * (p[2] - p[1]))),
            MembershipKind.Trapezoidal => (p[0] + (Noticeable * (p[1] - p[0])), p[3] - (Noticeable * (p[3] - p[2]))),
            MembershipKind.Sigmoid => p[1] > 0
                ? (p[0] - (LogisticReach / p[1]), double.PositiveInfinity)
                : (double.NegativeInfinity, p[0] - (LogisticReach / p[1])),
            MembershipKind.Bell => (p[2] - BellReach(), p[2] + BellReach()),
            _ => (p[0] - (GaussianReach * p[1]), p[0] + (GaussianReach * p[1])),
        };
    }

    private double BellReach() => Parameters[0] * Elementary.Pow((1 - Noticeable) / Noticeable, 1 / (2 * Parameters[1]));

    /// <summary>For instance <c>triangular[20, 30, 40]</c>.</summary>
    public override string ToString() => $"{MembershipCatalog.Of(Kind).Name}{MembershipCatalog.Show(Parameters)}";
}
