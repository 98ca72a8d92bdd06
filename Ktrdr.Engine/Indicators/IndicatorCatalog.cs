using System.Diagnostics.CodeAnalysis;

namespace Ktrdr.Engine.Indicators;

/// <summary>Every indicator type, by name. Names and aliases are matched without regard to case.</summary>
public static class IndicatorCatalog
{
    /// <summary>All types in order of their names.</summary>
    public static IReadOnlyList<IndicatorType> All { get; } =
    [
        Adx.Type,
        Atr.Type,
        BollingerBands.Type,
        DonchianChannels.Type,
        MovingAverages.Exponential,
        Macd.Type,
        RateOfChange.Type,
        Rsi.Type,
        MovingAverages.Simple,
        Stochastic.Type,
    ];

    private static readonly Dictionary<string, IndicatorType> ByName = Index();

    /// <summary>Finds a type by canonical name or alias.</summary>
    public static bool TryFind(string? nameOrAlias, [NotNullWhen(true)] out IndicatorType? type)
    {
        type = null;
        return nameOrAlias is not null && ByName.TryGetValue(nameOrAlias, out type);
    }

    /// <summary>The known name or alias nearest to <paramref name="name"/>, or null where nothing is near.</summary>
    public static string? Nearest(string name) => NearestName.Among(name, All.SelectMany(t => t.Aliases.Prepend(t.Name)));

    private static Dictionary<string, IndicatorType> Index()
    {
        var index = new Dictionary<string, IndicatorType>(StringComparer.OrdinalIgnoreCase);
        foreach (var type in All)
        {
            foreach (var name in type.Aliases.Prepend(type.Name))
            {
                index.Add(name, type);
            }
        }

        return index;
    }
}
