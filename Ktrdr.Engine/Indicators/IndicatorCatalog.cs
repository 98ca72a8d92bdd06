using System.Diagnostics.CodeAnalysis;

namespace Ktrdr.Engine.Indicators;

/// <summary>Every indicator type, by name. Names and aliases are matched without regard to case.</summary>
public static class IndicatorCatalog
{
    /// <summary>All types in order of their names.</summary>
    public static IReadOnlyList<IndicatorType> All { get; } =
    [
        AccumulationDistribution.Type,
        Adx.Type,
        Aroon.Type,
        Atr.Type,
        BollingerBands.Type,
        BollingerBands.Bandwidth,
        CommodityChannel.Type,
        ChaikinMoneyFlow.Type,
        DistanceFromAverage.Type,
        DonchianChannels.Type,
        MovingAverages.Exponential,
        FisherTransform.Type,
        Ichimoku.Type,
        KeltnerChannels.Type,
        Macd.Type,
        MoneyFlowIndex.Type,
        Momentum.Type,
        OnBalanceVolume.Type,
        ParabolicSar.Type,
        RateOfChange.Type,
        Rsi.Type,
        RelativeVigor.Type,
        MovingAverages.Simple,
        KeltnerChannels.Squeeze,
        Stochastic.Type,
        SuperTrend.Type,
        VolumeRatio.Type,
        VolumeWeightedPrice.Type,
        MovingAverages.Weighted,
        WilliamsR.Type,
        ZigZag.Type,
    ];

    /// <summary>What the original's class names end in; with it they are names too.</summary>
    private const string ClassSuffix = "indicator";

    private static readonly Dictionary<string, IndicatorType> ByName = Index();

    /// <summary>Finds a type by canonical name or alias.</summary>
    public static bool TryFind(string? nameOrAlias, [NotNullWhen(true)] out IndicatorType? type)
    {
        type = null;
        return nameOrAlias is not null
            && (ByName.TryGetValue(nameOrAlias, out type)
                || (nameOrAlias.EndsWith(ClassSuffix, StringComparison.OrdinalIgnoreCase) && ByName.TryGetValue(nameOrAlias[..^ClassSuffix.Length], out type)));
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
