using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Fuzzy;

public enum MembershipKind
{
    Triangular,
    Trapezoidal,
    Gaussian,
}

/// <summary>A fuzzy membership: how much a value belongs to a word, 0 to 1. Values are made by <see cref="MembershipCatalog"/>, which checks them.</summary>
/// <param name="Kind">The shape.</param>
/// <param name="Parameters">Triangular a, b, c; trapezoidal a, b, c, d, in rising order; gaussian mu, sigma.</param>
public sealed partial record MembershipFunction(MembershipKind Kind, Sequence<double> Parameters);
