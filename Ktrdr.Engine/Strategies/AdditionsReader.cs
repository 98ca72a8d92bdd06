using System.Globalization;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads what version 3.1 adds: <c>costs</c>, <c>sizing</c>, <c>seed</c>.</summary>
internal static class AdditionsReader
{
    public static CostSpec? ReadCosts(Section root, string version)
    {
        if (Open(root, "costs", version) is not { } section)
        {
            return null;
        }

        var spec = new CostSpec(ReadCost(section, "commission"), ReadCost(section, "slippage"), ReadCost(section, "spread"));
        foreach (var key in (ReadOnlySpan<string>)["financing", "minimum", "per_unit"])
        {
            section.NotImplemented(key, "available: commission, slippage, spread");
        }

        section.Close();
        return spec;
    }

    public static SizingSpec? ReadSizing(Section root, string version)
    {
        if (Open(root, "sizing", version) is not { } section)
        {
            return null;
        }

        foreach (var key in (ReadOnlySpan<string>)["units", "volatility_target", "risk_per_trade"])
        {
            section.NotImplemented(key, "available: fraction");
        }

        if (!section.Has("fraction"))
        {
            section.Require("fraction", "a number above 0 to 1");
        }

        var fraction = section.NumberOrNull("fraction", 0, 1, minOpen: true);
        section.Close();
        return fraction is null ? null : new SizingSpec(fraction.Value);
    }

    public static ulong? ReadSeed(Section root, string version)
    {
        const string allowed = "a whole number, 0 to 18446744073709551615";
        var value = root.Take("seed");
        if (value is null)
        {
            return null;
        }

        NeedsVersion(root, "seed", version);
        if (value is ScalarNode { Kind: ScalarKind.Integer } scalar && ulong.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed))
        {
            return seed;
        }

        root.WrongType("seed", value, allowed);
        return null;
    }

    private static double? ReadCost(Section section, string key)
    {
        var cost = section.NumberOrNull(key, 0, 0.5);
        if (cost > 0.02)
        {
            section.Context.Warn(section.LineOf(key), "unusual_value", section.PathOf(key), $"{section.PathOf(key)} is a fraction of price: more than 2 % is unusual.");
        }

        return cost;
    }

    private static Section? Open(Section root, string key, string version)
    {
        if (root.Child(key) is not { } section)
        {
            return null;
        }

        NeedsVersion(root, key, version);
        return section;
    }

    private static void NeedsVersion(Section root, string key, string version) => root.Context.ReportIf(
        version == "3.0", root.LineOf(key), "needs_version", key, $"{key} belongs to grammar 3.1; allowed: write version: \"3.1\".");
}
