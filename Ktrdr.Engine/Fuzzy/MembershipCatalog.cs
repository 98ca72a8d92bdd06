using System.Globalization;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Fuzzy;

/// <summary>One shape of membership as documents name it.</summary>
/// <param name="Name">Canonical name.</param>
/// <param name="Aliases">Other names documents may use.</param>
/// <param name="ParameterNames">In order.</param>
/// <param name="Summary">One line for people and agents.</param>
public sealed record MembershipType(MembershipKind Kind, string Name, IReadOnlyList<string> Aliases, IReadOnlyList<string> ParameterNames, string Summary);

/// <summary>Every shape of membership: the reader, the writer and the schema use this list.</summary>
public static class MembershipCatalog
{
    /// <summary>The largest parameter that is allowed, either side of 0.</summary>
    internal const double Largest = 1e12;

    public static IReadOnlyList<MembershipType> All { get; } =
    [
        new(MembershipKind.Triangular, "triangular", ["triangle", "triangularmf"], ["a", "b", "c"], "a <= b <= c: rises from 0 at a to 1 at b, falls to 0 at c; a == b or b == c makes that side vertical."),
        new(MembershipKind.Trapezoidal, "trapezoidal", ["trapezoid", "trapezoidalmf"], ["a", "b", "c", "d"], "a <= b <= c <= d: 1 from b to c, 0 outside a to d; a == b or c == d makes a shoulder that includes its edge."),
        new(MembershipKind.Gaussian, "gaussian", ["gaussianmf"], ["mu", "sigma"], "sigma > 0: exp(-((x - mu) / sigma)^2 / 2), never quite 0."),
        new(MembershipKind.Sigmoid, "sigmoid", ["sigmoidal", "sigmoidmf"], ["center", "slope"], "slope not 0: 1 / (1 + exp(-slope (x - center))), 0.5 at the center, towards 1 above it (slope > 0) or below it (slope < 0)."),
        new(MembershipKind.Bell, "bell", ["gbell", "generalized_bell", "generalised_bell", "bellmf", "gbellmf"], ["width", "slope", "center"], "width > 0, slope 0.1 to 100: 1 / (1 + |(x - center) / width|^(2 slope)), 1 at the center, 0.5 at width from it."),
    ];

    /// <summary>Finds a shape by name or alias, without regard to case.</summary>
    public static MembershipType? Find(string name)
    {
        var lowered = name.ToLowerInvariant();
        return All.FirstOrDefault(t => t.Name == lowered || t.Aliases.Contains(lowered));
    }

    public static MembershipType Of(MembershipKind kind) => All.First(t => t.Kind == kind);

    /// <summary>A membership with checked parameters.</summary>
    /// <exception cref="InvalidInputException">Wrong count, order or values.</exception>
    public static MembershipFunction Create(MembershipKind kind, params IReadOnlyList<double> parameters) =>
        Check(kind, parameters) is { } wrong
            ? throw new InvalidInputException(new Problem("out_of_range", "parameters", $"parameters of a {Of(kind).Name} membership are {Show(parameters)}; allowed: {wrong}.") { Value = Show(parameters), Allowed = wrong })
            : new MembershipFunction(kind, parameters.ToSequence());

    /// <summary>What is allowed, where the parameters are wrong; else null.</summary>
    internal static string? Check(MembershipKind kind, IReadOnlyList<double> parameters)
    {
        var type = Of(kind);
        var names = string.Join(", ", type.ParameterNames);
        if (parameters.Count != type.ParameterNames.Count)
        {
            return $"{type.ParameterNames.Count} numbers [{names}]";
        }

        if (parameters.Any(p => !double.IsFinite(p) || Math.Abs(p) > Largest))
        {
            return $"[{names}] between -1e12 and 1e12";
        }

        if (kind == MembershipKind.Gaussian)
        {
            return parameters[1] > 1e-12 ? null : "[mu, sigma] with sigma above 1e-12";
        }

        if (kind == MembershipKind.Sigmoid)
        {
            return Math.Abs(parameters[1]) > 1e-12 ? null : "[center, slope] with a slope below -1e-12 or above 1e-12";
        }

        if (kind == MembershipKind.Bell)
        {
            return parameters[0] > 1e-12 && parameters[1] is >= 0.1 and <= 100 ? null : "[width, slope, center] with width above 1e-12 and slope from 0.1 to 100";
        }

        for (var i = 1; i < parameters.Count; i++)
        {
            if (parameters[i] < parameters[i - 1])
            {
                return $"[{names}] in rising order";
            }
        }

        return parameters[^1] > parameters[0] ? null : $"[{names}] that are not all the same";
    }

    internal static string Show(IReadOnlyList<double> parameters) => $"[{string.Join(", ", parameters.Select(p => p.ToString("R", CultureInfo.InvariantCulture)))}]";
}
