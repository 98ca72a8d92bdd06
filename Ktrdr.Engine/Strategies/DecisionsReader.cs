using System.Globalization;
using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>decisions</c>.</summary>
internal static class DecisionsReader
{
    private const string SeparationAllowed = "a number of hours from 0 to 100000, or text such as \"6 bars\" or \"4 hours\"";

    private static readonly ChoiceKey<OutputFormat> Format = new("output_format", Vocabulary.OutputFormats, OutputFormat.Classification, "What the network gives: buy, hold or sell; a return; a market regime; a market context.");
    private static readonly NumberKey Threshold = new("confidence_threshold", 0.5, 0, 1, "classification: least probability of the chosen class.");
    private static readonly FlagKey Awareness = new("position_awareness", true, "Whether a signal in the direction already held is HOLD.");
    private static readonly FlagKey Shorts = new("allow_short_from_flat", null, "Whether SELL while flat opens a short; false unless given, for a regression true.");
    private static readonly FlagKey Reversal = new("allow_reversal", false, "Whether an opposite signal closes the position and opens the other side at the same open.") { Since = "3.1" };

    private static readonly NumberKey Cost = new("round_trip_cost", 0.003, 0, 1, "Cost of entering and leaving, as a fraction of price.") { MinOpen = true, Required = true };
    private static readonly NumberKey Edge = new("min_edge_multiplier", 1.5, 0, 1000, "Trade where the predicted return exceeds this multiple of the cost.") { MinOpen = true, Required = true };
    private static readonly PartKey CostModel = new("cost_model", new Shape(Cost, Edge), "regression (required): when a prediction is worth a trade.");

    private static readonly FreeKey Separation = new(
        "min_signal_separation", SeparationAllowed,
        () => Schemas.AnyOf(new() { ["type"] = "number", ["minimum"] = 0, ["maximum"] = 100_000 }, new() { ["type"] = "string", ["pattern"] = @"^ *(0*[0-9]{1,5}|0*100000) +bars? *$|^ *(0*[0-9]{1,5}(\.[0-9]*)?|\.[0-9]+|0*100000(\.0*)?) +hours? *$" }),
        "Least distance from the last executed trade: a number of hours, or text such as 6 bars; 4 unless given.");

    private static readonly FreeKey Volume = new("volume_filter", "anything", () => [], "") { NoEffect = "it never had one, in the original either", MayBeEmpty = true };
    private static readonly PartKey Filters = new("filters", new Shape(Separation, Volume), "What keeps a signal from becoming a trade.");
    private static readonly FreeKey Classes = new("num_classes", "anything", () => [], "") { NoEffect = "the number of classes follows from output_format", MayBeEmpty = true };

    public static readonly PartKey Key = new("decisions", new Shape(Format, Threshold, Awareness, Shorts, Reversal, CostModel, Filters, Classes) { Rules = [() => Schemas.When(Schemas.Is(Format!, "regression"), Schemas.Required(CostModel!.Name))] }, "How the network's output becomes a signal.") { Required = true };

    /// <summary>Which labels and losses go with a format; without one it is the default.</summary>
    public static IEnumerable<Func<JsonObject>> FormatRules => Vocabulary.OutputFormats.Names.Select<string, Func<JsonObject>>(name => () =>
    {
        Vocabulary.OutputFormats.TryFind(name, out var format);
        var given = Schemas.Is(Format, name);
        var decisions = format == Format.Default ? Schemas.AnyOf(given, new() { ["not"] = Schemas.Required(Format.Name) }) : given;
        return Schemas.When(
            new() { ["properties"] = new JsonObject { [Key.Name] = decisions }, ["required"] = new JsonArray(Key.Name) },
            new() { ["properties"] = new JsonObject { [TrainingReader.Key.Name] = TrainingReader.SchemaFor(format) } });
    });

    public static DecisionSpec Read(Section root, out bool formatKnown)
    {
        formatKnown = true;
        var section = root.RequirePart(Key);
        if (section is null)
        {
            formatKnown = false;
            return new DecisionSpec();
        }

        var given = section.ChoiceOrNull(Format);
        formatKnown = given is not null || !section.Has(Format);
        var format = given ?? OutputFormat.Classification;
        var spec = new DecisionSpec
        {
            OutputFormat = format,
            PositionAwareness = section.Flag(Awareness),
            AllowShortFromFlat = section.FlagOrNull(Shorts) ?? format == OutputFormat.Regression,
            AllowReversal = section.Flag(Reversal),
            MinSignalSeparation = ReadFilters(section) ?? new DecisionSpec().MinSignalSeparation,
        };
        if (!formatKnown)
        {
            section.NumberOrNull(Threshold);
            return spec;
        }

        return format switch
        {
            OutputFormat.Regression => ReadRegression(section, spec),
            OutputFormat.Classification => ReadClassification(section, spec),
            _ => ReadGate(section, spec),
        };
    }

    private static DecisionSpec ReadClassification(Section section, DecisionSpec spec)
    {
        section.OnlyWith(CostModel, "output_format regression");
        var threshold = section.Number(Threshold);
        if (threshold is < 0.34 or > 0.95)
        {
            section.Unusual(Threshold, $"is unusual: {(threshold < 0.34 ? "the largest of three probabilities is never below 1/3, so nothing is filtered" : "hardly any decision is that certain")}; common: 0.4 to 0.8");
        }

        return spec with { ConfidenceThreshold = threshold };
    }

    /// <summary>A regime or context model routes others and never trades, so how it would trade does not count.</summary>
    private static DecisionSpec ReadGate(Section section, DecisionSpec spec)
    {
        foreach (var key in (ReadOnlySpan<Key>)[Threshold, Awareness, Shorts, Reversal, CostModel, Filters])
        {
            section.OnlyWith(key, "output_format classification or regression, a model that trades");
        }

        return new DecisionSpec { OutputFormat = spec.OutputFormat };
    }

    private static DecisionSpec ReadRegression(Section section, DecisionSpec spec)
    {
        section.OnlyWith(Threshold, "output_format classification");
        if (section.RequirePart(CostModel, "{round_trip_cost, min_edge_multiplier}, both above 0") is not { } costs)
        {
            return spec;
        }

        costs.Require(Cost);
        costs.Require(Edge);
        var cost = costs.Number(Cost);
        if (cost > 0.02)
        {
            costs.Unusual(Cost, "is a fraction of price: more than 2 % is unusual");
        }

        return spec with { RoundTripCost = cost, MinEdgeMultiplier = costs.Number(Edge) };
    }

    private static SignalSeparation? ReadFilters(Section section) => section.Part(Filters) is { } filters ? ReadSeparation(filters) : null;

    /// <summary>A number of hours, or text such as <c>6 bars</c> or <c>4 hours</c>.</summary>
    private static SignalSeparation? ReadSeparation(Section filters)
    {
        switch (filters.Take(Separation))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Integer or ScalarKind.Number } scalar:
                if (scalar.AsNumber() is >= 0 and <= 100_000 and var hours)
                {
                    return new SignalSeparation(hours, SeparationUnit.Hours);
                }

                filters.OutOfRange(Separation, scalar);
                return null;
            case ScalarNode { Kind: ScalarKind.Text } scalar:
                if (ParseSeparation(scalar.Text) is { } separation)
                {
                    return separation;
                }

                filters.OutOfRange(Separation, scalar);
                return null;
            case var other:
                filters.WrongType(Separation, other);
                return null;
        }
    }

    private static SignalSeparation? ParseSeparation(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 2
            || !double.TryParse(words[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            || amount is not (>= 0 and <= 100_000)
            || words[1] is not ("bars" or "bar" or "hours" or "hour"))
        {
            return null;
        }

        var unit = words[1].StartsWith("bar", StringComparison.Ordinal) ? SeparationUnit.Bars : SeparationUnit.Hours;
        return unit == SeparationUnit.Hours || amount == Math.Floor(amount) ? new SignalSeparation(amount, unit) : null;
    }
}
