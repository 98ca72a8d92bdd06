using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>One computation.</summary>
/// <param name="Id">Chosen by the author; fuzzy sets and inputs refer to it.</param>
/// <param name="Type">Canonical name in <see cref="IndicatorCatalog"/>, for instance "rsi".</param>
/// <param name="Arguments">Every parameter, defaults filled in.</param>
/// <param name="DataSource">Id of a context series (<see cref="ContextDataSpec.SourceIds"/>) it is computed on; null: the traded bars.</param>
public sealed record IndicatorSpec(string Id, string Type, IndicatorArguments Arguments, string? DataSource = null)
{
    /// <summary>The type in the catalog.</summary>
    /// <exception cref="InvalidInputException">There is no such indicator.</exception>
    public IndicatorType FindType() => IndicatorCatalog.TryFind(Type, out var type)
        ? type
        : throw new InvalidInputException(new Problem("unknown_indicator", $"indicators.{Id}.type", $"indicators.{Id}.type is {Type}; allowed: {string.Join(", ", IndicatorCatalog.All.Select(t => t.Name))}.")
        {
            Value = Type,
            Suggestion = IndicatorCatalog.Nearest(Type),
        });

    /// <summary>An indicator from a catalog name or alias and some of its parameters; the rest take their defaults.</summary>
    /// <exception cref="InvalidInputException">Unknown type or wrong parameters; carries every problem.</exception>
    public static IndicatorSpec Create(string id, string typeOrAlias, IReadOnlyDictionary<string, object?> parameters)
    {
        var type = new IndicatorSpec(id, typeOrAlias, Empty).FindType();
        var problems = new List<Problem>();
        var arguments = type.Bind(parameters, $"indicators.{id}", problems);
        return problems.All(p => p.Severity != ProblemSeverity.Error) ? new IndicatorSpec(id, type.Name, arguments) : throw new InvalidInputException(problems);
    }

    private static readonly IndicatorArguments Empty = new([]);
}
