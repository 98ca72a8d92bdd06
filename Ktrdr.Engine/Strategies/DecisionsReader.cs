using System.Globalization;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>decisions</c>.</summary>
internal static class DecisionsReader
{
    public static DecisionSpec Read(Section root)
    {
        var section = root.RequireChild("decisions", "a mapping with output_format");
        if (section is null)
        {
            return new DecisionSpec();
        }

        var defaults = new DecisionSpec();
        var format = section.Choice("output_format", Vocabulary.OutputFormats) ?? OutputFormat.Classification;
        var regression = format == OutputFormat.Regression;
        var spec = defaults with
        {
            OutputFormat = format,
            PositionAwareness = section.Flag("position_awareness", true),
            AllowShortFromFlat = section.Flag("allow_short_from_flat", regression),
            MinSignalSeparation = ReadFilters(section) ?? defaults.MinSignalSeparation,
        };

        spec = regression ? ReadRegression(section, spec) : ReadClassification(section, spec);
        section.NoEffect("num_classes", "the number of classes follows from output_format");
        section.Close();
        return spec;
    }

    private static DecisionSpec ReadClassification(Section section, DecisionSpec spec)
    {
        section.OnlyWith("cost_model", "output_format regression");
        var threshold = section.Number("confidence_threshold", spec.ConfidenceThreshold, 0, 1);
        if (threshold is < 0.34 or > 0.95)
        {
            section.Context.Warn(
                section.LineOf("confidence_threshold"), "unusual_value", section.PathOf("confidence_threshold"),
                $"{section.PathOf("confidence_threshold")} is unusual: {(threshold < 0.34 ? "the largest of three probabilities is never below 1/3, so nothing is filtered" : "hardly any decision is that certain")}; common: 0.4 to 0.8.");
        }

        return spec with { ConfidenceThreshold = threshold };
    }

    private static DecisionSpec ReadRegression(Section section, DecisionSpec spec)
    {
        section.OnlyWith("confidence_threshold", "output_format classification");
        var costs = section.RequireChild("cost_model", "{round_trip_cost, min_edge_multiplier}, both above 0");
        if (costs is null)
        {
            return spec;
        }

        foreach (var key in (ReadOnlySpan<string>)["round_trip_cost", "min_edge_multiplier"])
        {
            if (!costs.Has(key))
            {
                costs.Require(key, "a number above 0");
            }
        }

        var cost = costs.Number("round_trip_cost", spec.RoundTripCost, 0, 1, minOpen: true);
        var multiplier = costs.Number("min_edge_multiplier", spec.MinEdgeMultiplier, 0, 1000, minOpen: true);
        costs.Close();
        if (cost > 0.02)
        {
            costs.Context.Warn(costs.LineOf("round_trip_cost"), "unusual_value", costs.PathOf("round_trip_cost"), $"{costs.PathOf("round_trip_cost")} is a fraction of price: more than 2 % is unusual.");
        }

        return spec with { RoundTripCost = cost, MinEdgeMultiplier = multiplier };
    }

    private static SignalSeparation? ReadFilters(Section section)
    {
        if (section.Child("filters") is not { } filters)
        {
            return null;
        }

        var separation = ReadSeparation(filters);
        filters.NoEffect("volume_filter", "it never had one, in the original either");
        filters.Close();
        return separation;
    }

    /// <summary>A number of hours, or text such as <c>6 bars</c> or <c>4 hours</c>.</summary>
    private static SignalSeparation? ReadSeparation(Section filters)
    {
        const string key = "min_signal_separation";
        const string allowed = "a number of hours from 0 to 100000, or text such as \"6 bars\" or \"4 hours\"";
        switch (filters.Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Integer or ScalarKind.Number } scalar:
                if (scalar.AsNumber() is >= 0 and <= 100_000 and var hours)
                {
                    return new SignalSeparation(hours, SeparationUnit.Hours);
                }

                filters.OutOfRange(key, scalar, allowed);
                return null;
            case ScalarNode { Kind: ScalarKind.Text } scalar:
                var words = scalar.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words.Length == 2
                    && double.TryParse(words[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
                    && amount is >= 0 and <= 100_000
                    && words[1] is "bars" or "bar" or "hours" or "hour")
                {
                    var unit = words[1].StartsWith("bar", StringComparison.Ordinal) ? SeparationUnit.Bars : SeparationUnit.Hours;
                    if (unit == SeparationUnit.Hours || amount == Math.Floor(amount))
                    {
                        return new SignalSeparation(amount, unit);
                    }
                }

                filters.OutOfRange(key, scalar, allowed);
                return null;
            case var other:
                filters.WrongType(key, other, allowed);
                return null;
        }
    }
}
