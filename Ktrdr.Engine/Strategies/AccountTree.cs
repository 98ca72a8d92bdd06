namespace Ktrdr.Engine.Strategies;

/// <summary>The parts of version 3.1 as trees: what they do not use is left out, so that equal meaning gives equal text.</summary>
internal static class AccountTree
{
    public static DocumentNode Costs(CostSpec costs) => new TreeBuilder()
        .AddUnlessNull("commission", costs.Commission)
        .AddUnlessNull("per_unit", costs.CommissionPerUnit)
        .AddUnlessNull("minimum", costs.MinimumCommission)
        .AddUnlessNull("slippage", costs.Slippage)
        .AddUnlessNull("spread", costs.Spread)
        .AddUnlessNull("financing", costs.FinancingPerDay)
        .Node;

    public static DocumentNode Sizing(SizingSpec sizing)
    {
        var tree = new TreeBuilder().Add(Vocabulary.Sizings.NameOf(sizing.Kind), sizing.Amount);
        if (!sizing.WholeUnits)
        {
            tree.Add("whole_units", ScalarNode.Of(false));
        }

        tree.AddUnlessNull("lot_size", sizing.LotSize);
        if (sizing.Kind == SizingKind.VolatilityTarget)
        {
            tree.Add("volatility_lookback", sizing.VolatilityLookback);
        }

        return tree.Node;
    }

    public static DocumentNode Exits(ExitSpec exits)
    {
        var levels = new[] { exits.Stop, exits.Target, exits.Trailing };
        return new TreeBuilder()
            .AddUnlessNull("stop", Level(exits.Stop))
            .AddUnlessNull("target", Level(exits.Target))
            .AddUnlessNull("trailing", Level(exits.Trailing))
            .AddUnlessNull("time_bars", exits.TimeBars is { } bars ? ScalarNode.Of((long)bars) : null)
            .AddUnlessNull("atr_period", levels.Any(l => l?.Unit == ExitUnit.Atr) ? ScalarNode.Of((long)exits.AtrPeriod) : null)
            .Node;
    }

    public static DocumentNode Validation(ValidationSpec validation)
    {
        var tree = new TreeBuilder().Add("scheme", Vocabulary.ValidationSchemes.NameOf(validation.Scheme));
        if (validation.Scheme != ValidationScheme.Holdout)
        {
            tree.Add("folds", validation.Folds);
        }

        switch (validation.Scheme)
        {
            case ValidationScheme.CombinatorialPurged:
                tree.Add("test_folds", validation.TestFolds);
                break;
            case ValidationScheme.WalkForward:
                tree.Add("anchored", ScalarNode.Of(validation.Anchored));
                break;
        }

        return tree.AddUnlessNull("embargo_bars", validation.EmbargoBars is { } bars ? ScalarNode.Of((long)bars) : null).Node;
    }

    private static MappingNode? Level(ExitLevel? level)
    {
        if (level is null)
        {
            return null;
        }

        var name = Vocabulary.ExitUnits.NameOf(level.Unit);
        return level.Unit == ExitUnit.Percent
            ? new TreeBuilder().Add(name, ScalarNode.Plain(AccountReader.ToPercent(level.Amount), 0)).Node
            : new TreeBuilder().Add(name, level.Amount).Node;
    }
}
