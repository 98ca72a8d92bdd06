namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>deployment</c>: where a strategy may be run.</summary>
internal static class DeploymentReader
{
    private static readonly TextListKey Excluded = new("excluded_symbols", "Instruments it may not be run on.");
    private static readonly FreeKey AssetClasses = new("asset_classes", "a list", () => new() { ["type"] = "array", ["maxItems"] = 0 }, "Not implemented: instruments have no asset class here.");
    private static readonly FreeKey Liquidity = new("min_liquidity_tier", "text", () => new() { ["type"] = "null" }, "Not implemented: instruments have no liquidity tier here.") { MayBeEmpty = true };
    private static readonly PartKey Restrictions = new("restrictions", new Shape(Excluded, AssetClasses, Liquidity), "Exceptions.") { MayBeEmpty = true };
    private static readonly ChoiceKey<SymbolScope> SymbolMode = new("mode", Vocabulary.SymbolScopes, SymbolScope.Universal, "universal: any instrument; training_only: those it was trained on.");
    private static readonly PartKey Symbols = new("target_symbols", new Shape(SymbolMode, Restrictions), "On which instruments it may be run.");

    private static readonly FreeKey TimeframeMode = new("mode", "text", () => Schemas.Text(), "") { NoEffect = "the listed timeframes are what is allowed" };
    private static readonly TextListKey Supported = new("supported", "Base timeframes it may be run on; all unless given.") { Words = TimeframesReader.Names, MayBeEmpty = true };
    private static readonly FreeKey Timeframe = new("timeframe", string.Join(", ", TimeframesReader.Names), TimeframesReader.Form, "One base timeframe it may be run on.") { MayBeEmpty = true };
    private static readonly PartKey Timeframes = new("target_timeframes", new Shape(TimeframeMode, Supported, Timeframe), "On which timeframes it may be run.");

    public static readonly PartKey Key = new("deployment", new Shape(Symbols, Timeframes), "Where the strategy may be run; other bars are refused. No limit unless given.") { MayBeEmpty = true };

    public static DeploymentSpec? Read(Section root)
    {
        if (root.Part(Key) is not { } section)
        {
            return null;
        }

        var scope = SymbolScope.Universal;
        IReadOnlyList<string> excluded = [];
        if (section.Part(Symbols) is { } symbols)
        {
            scope = symbols.Choice(SymbolMode);
            if (symbols.Part(Restrictions) is { } restrictions)
            {
                excluded = restrictions.TextList(Excluded) ?? [];
                if (restrictions.List(AssetClasses) is { Count: > 0 })
                {
                    restrictions.NotImplemented(AssetClasses, "available: excluded_symbols");
                }

                if (restrictions.Take(Liquidity) is not null)
                {
                    restrictions.NotImplemented(Liquidity, "available: excluded_symbols");
                }
            }
        }

        IReadOnlyList<string> timeframes = [];
        if (section.Part(Timeframes) is { } target)
        {
            var supported = TimeframesReader.ReadList(target, Supported) ?? [];
            var single = TimeframesReader.ReadOne(target, Timeframe);
            timeframes = single is null || supported.Contains(single) ? supported : [.. supported, single];
        }

        return new DeploymentSpec(scope, excluded.ToSequence(), timeframes.ToSequence());
    }

    /// <summary>What a strategy is trained on it may be run on.</summary>
    public static void ReportTrainedOn(Section root, StrategyDocument document)
    {
        if (document.Deployment?.ExcludedSymbols.Where(document.TrainingData.Symbols.Contains).ToArray() is { Length: > 0 } both
            && root.Part(Key)?.Part(Symbols)?.Part(Restrictions) is { } section)
        {
            section.Context.Warn(section.LineOf(Excluded), "no_effect", section.PathOf(Excluded), $"{section.PathOf(Excluded)} names {string.Join(", ", both)}, which the strategy is trained on: there it has no effect.", string.Join(", ", both));
        }
    }
}
