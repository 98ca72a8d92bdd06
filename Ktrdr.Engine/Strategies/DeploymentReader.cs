namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>deployment</c>: where a strategy may be run.</summary>
internal static class DeploymentReader
{
    public static DeploymentSpec? Read(Section root)
    {
        if (root.Child("deployment") is not { } section)
        {
            return null;
        }

        var scope = SymbolScope.Universal;
        IReadOnlyList<string> excluded = [];
        if (section.Child("target_symbols") is { } symbols)
        {
            scope = symbols.Choice("mode", Vocabulary.SymbolScopes) ?? SymbolScope.Universal;
            if (symbols.Child("restrictions") is { } restrictions)
            {
                excluded = restrictions.TextList("excluded_symbols") ?? [];
                foreach (var key in (ReadOnlySpan<string>)["asset_classes", "min_liquidity_tier"])
                {
                    restrictions.NotImplemented(key, "available: excluded_symbols");
                }

                restrictions.Close();
            }

            symbols.Close();
        }

        IReadOnlyList<string> timeframes = [];
        if (section.Child("target_timeframes") is { } target)
        {
            target.NoEffect("mode", "the listed timeframes are what is allowed");
            var supported = TrainingDataReader.ReadTimeframeList(target, "supported") ?? [];
            var single = TrainingDataReader.ReadTimeframe(target, "timeframe");
            timeframes = single is null || supported.Contains(single) ? supported : [.. supported, single];
            target.Close();
        }

        section.Close();
        return new DeploymentSpec(scope, excluded.ToSequence(), timeframes.ToSequence());
    }
}
