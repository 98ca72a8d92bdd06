using System.Globalization;

namespace Ktrdr.Engine.Strategies;

/// <summary>What reading an ensemble gave.</summary>
/// <param name="Document">Null where there is any error.</param>
/// <param name="Problems">Errors and warnings in document order.</param>
public sealed record EnsembleReading(EnsembleDocument? Document, IReadOnlyList<Problem> Problems)
{
    public IEnumerable<Problem> Errors => Problems.Where(p => p.Severity == ProblemSeverity.Error);
}

/// <summary>Reads ensemble documents, from YAML or JSON, as strictly as <see cref="StrategyReader"/> reads strategies. Whether its models exist is not checked here.</summary>
public static class EnsembleReader
{
    private const int MostModels = 32;

    /// <summary>The most probable of four regimes has at least this probability.</summary>
    private const double LeastDominance = 0.25;

    private static readonly TextKey ModelPath = new("model_path", EnsembleModelPath.Summary, EnsembleModelPath.Allowed) { Required = true };
    private static readonly ChoiceKey<OutputFormat> OutputType = new("output_type", Vocabulary.OutputFormats, null, "What the model gives.") { Required = true };
    private static readonly Shape ModelShape = new(ModelPath, OutputType);
    private static readonly FreeKey Models = new("models", "a mapping of id to {model_path, output_type}", () => Schemas.Map(ModelShape.ToSchema()), "The members, under ids of the author's choice.") { Required = true };

    private static readonly NumberKey Aligned = new("aligned_discount", 0.2, 0, 1, "How much a fully aligned context lowers a threshold.");
    private static readonly NumberKey Counter = new("counter_premium", 0.3, 0, 1, "How much a fully opposed context raises a threshold.");
    private static readonly NumberKey Neutral = new("neutral_effect", 0.05, 0, 1, "") { NoEffect = "it never had one, in the original either: a neutral context gives neither discount nor premium" };
    private static readonly PartKey Modifiers = new("context_modifiers", new Shape(Aligned, Counter, Neutral), "How the context moves the thresholds of the routed model.");

    private static readonly TextKey RuleModel = new("model", "Id of the member that decides in this regime.", "the id of a model");
    private static readonly FreeKey RuleAction = new("action", "FLAT", () => Schemas.Words(["FLAT"]), "FLAT: no position in this regime.");
    private static readonly Shape RuleShape = new(RuleModel, RuleAction);
    private static readonly PartKey Rules = new("rules", new Shape(Vocabulary.Regimes.Names.Select(r => (Key)new PartKey(r, RuleShape, $"What decides while the regime is {r}; FLAT unless given.")).ToArray()), "Which member decides in which regime.") { Required = true };

    private static readonly FreeKey Type = new("type", "regime_route", () => Schemas.Words(["regime_route"]), "How the members are put together.") { Required = true };
    private static readonly TextKey GateModel = new("gate_model", "Id of the member that tells the regime; its output_type is regime_classification.", "the id of a model") { Required = true };
    private static readonly TextKey ContextGate = new("context_gate", "Id of the member that tells the daily context; its output_type is context_classification.", "the id of a model") { MayBeEmpty = true };
    private static readonly NumberKey Threshold = new("regime_threshold", 0.4, 0, 1, "Least probability of the dominant regime; below it the regime is volatile.");
    private static readonly IntegerKey Stability = new("stability_bars", EnsembleComposition.UsualStabilityBars, 1, 10_000, "Bars in a row that must propose a new regime before it holds.");
    private static readonly FlagKey Shorts = new("allow_short_from_flat", false, "Whether SELL while flat opens a short.");
    private static readonly ChoiceKey<RegimeTransition> Transition = new("on_regime_transition", Vocabulary.RegimeTransitions, RegimeTransition.CloseAndSwitch, "Whether an open position is closed when the regime changes.");

    private static readonly PartKey Composition = new(
        "composition", new Shape(Type, GateModel, ContextGate, Threshold, Stability, Modifiers, Shorts, Rules, Transition), "How the members decide together.")
    { Required = true };

    internal static readonly Shape Shape = new(RootReader.Name, RootReader.Description, Models, Composition);

    /// <summary>Whether a text is meant as an ensemble rather than as a strategy.</summary>
    public static bool IsEnsemble(string text) => DocumentParser.Parse(text, []) is { } node && IsEnsemble(node);

    internal static bool IsEnsemble(MappingNode node) => (node.Find("models") is not null || node.Find("composition") is not null) && node.Find("indicators") is null && node.Find("nn_inputs") is null;

    /// <summary>Reads and checks a document.</summary>
    /// <param name="text">YAML or JSON, at most 1 MB.</param>
    /// <param name="lenient">Unknown keys become warnings and are ignored; everything else stays an error.</param>
    public static EnsembleReading Read(string text, bool lenient = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var problems = new List<Problem>();
        if (DocumentParser.Parse(text, problems) is not { } node)
        {
            return new EnsembleReading(null, problems);
        }

        var context = new ReadingContext(problems, lenient);
        var document = ReadDocument(new Section(node, "", context, Shape));
        return new EnsembleReading(context.HasErrors ? null : document, context.InOrder());
    }

    /// <summary>Reads a document that must be right.</summary>
    /// <exception cref="InvalidInputException">There are errors; it carries all of them.</exception>
    public static EnsembleDocument Parse(string text, bool lenient = false)
    {
        var reading = Read(text, lenient);
        return reading.Document ?? throw new InvalidInputException(reading.Errors.ToArray());
    }

    private static EnsembleDocument? ReadDocument(Section root)
    {
        var name = RootReader.ReadName(root);
        var description = root.Text(RootReader.Description);
        var models = ReadModels(root, out var declared);
        var composition = root.RequirePart(Composition) is { } section ? ReadComposition(section, models, declared) : null;
        if (composition is not null && !root.Context.HasErrors)
        {
            WarnOfUnused(root, models, composition);
        }

        return name is null || composition is null ? null : new EnsembleDocument { Name = name, Description = description, Models = models, Composition = composition };
    }

    private static void WarnOfUnused(Section root, Sequence<EnsembleModel> models, EnsembleComposition composition)
    {
        var used = composition.Rules.Select(r => r.Model).Append(composition.GateModel).Append(composition.ContextGate).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var section = root.Map(Models);
        foreach (var id in models.Select(m => m.Id).Where(id => !used.Contains(id)))
        {
            root.Context.Warn(section!.LineOf(id), "unused_model", $"models.{id}", $"models.{id} is not used: neither gate_model nor context_gate nor any of rules names it, so that it decides nothing.", id);
        }
    }

    private static Sequence<EnsembleModel> ReadModels(Section root, out IReadOnlyList<string> declared)
    {
        declared = [];
        if (root.RequireMap(Models) is not { } section)
        {
            return [];
        }

        section.Context.ReportIf(section.Count is 0 or > MostModels, section.Line, "out_of_range", section.Path, $"{section.Path} has {section.Count} entries; allowed: 1 to {MostModels}.", $"1 to {MostModels}");
        declared = section.Ids.Take(MostModels).ToArray();
        var models = new List<EnsembleModel>();
        foreach (var id in declared)
        {
            IndicatorsReader.CheckId(section, id);
            if (section.Part(id, ModelShape) is not { } part)
            {
                continue;
            }

            part.Require(ModelPath);
            part.Require(OutputType);
            var path = part.Text(ModelPath);
            var type = part.ChoiceOrNull(OutputType);
            if (path is not null && !EnsembleModelPath.TryParse(path, out _))
            {
                part.OutOfRange(ModelPath, ScalarNode.Of(path).At(part.LineOf(ModelPath)));
            }
            else if (path is not null && type is not null)
            {
                models.Add(new EnsembleModel(id, path, type.Value));
            }
        }

        return models.ToSequence();
    }

    private static EnsembleComposition ReadComposition(Section section, Sequence<EnsembleModel> models, IReadOnlyList<string> declared)
    {
        section.Require(Type);
        if (section.Text(Type) is { } type && type != "regime_route")
        {
            section.Context.UnknownWord(section.LineOf(Type), section.PathOf(Type), type, ["regime_route"], []);
        }

        section.Require(GateModel);
        var gate = ReadMember(section, GateModel, models, declared, OutputFormat.RegimeClassification);
        var contextGate = ReadMember(section, ContextGate, models, declared, OutputFormat.ContextClassification);
        var modifiers = section.Part(Modifiers);
        if (contextGate is null && !section.Has(ContextGate))
        {
            section.OnlyWith(Modifiers, "context_gate");
        }

        var threshold = section.Number(Threshold);
        if (threshold <= LeastDominance)
        {
            section.Unusual(Threshold, string.Create(CultureInfo.InvariantCulture, $"is {threshold:R}, and the most probable of four regimes always reaches {LeastDominance:R}: at or below that it has no effect"));
        }

        return new EnsembleComposition
        {
            GateModel = gate ?? "",
            ContextGate = contextGate,
            RegimeThreshold = threshold,
            StabilityBars = section.Integer(Stability),
            ContextModifiers = modifiers is null ? new ContextModifiers() : new ContextModifiers(modifiers.Number(Aligned), modifiers.Number(Counter)),
            AllowShortFromFlat = section.Flag(Shorts),
            Rules = section.RequirePart(Rules) is { } rules ? ReadRules(rules, models, declared) : [],
            OnRegimeTransition = section.Choice(Transition),
        };
    }

    private static Sequence<RegimeRule> ReadRules(Section section, Sequence<EnsembleModel> models, IReadOnlyList<string> declared)
    {
        var rules = new List<RegimeRule>();
        foreach (var name in Vocabulary.Regimes.Names)
        {
            var key = (PartKey)Rules.Shape.Find(name)!;
            Vocabulary.Regimes.TryFind(name, out var regime);
            if (section.Part(key) is not { } rule)
            {
                rules.Add(new RegimeRule(regime, null));
                continue;
            }

            var (hasModel, hasAction) = (rule.Has(RuleModel), rule.Has(RuleAction));
            if (hasModel == hasAction)
            {
                rule.Context.Report(rule.Line, "conflict", rule.Path, $"{rule.Path} has {(hasModel ? "both" : "neither")} of model and action; allowed: exactly one of them.", allowed: "exactly one of model, action: FLAT");
                continue;
            }

            if (rule.Text(RuleAction) is { } action && action != "FLAT")
            {
                rule.Context.UnknownWord(rule.LineOf(RuleAction), rule.PathOf(RuleAction), action, ["FLAT"], [], suggestion: string.Equals(action, "flat", StringComparison.OrdinalIgnoreCase) ? "FLAT" : null);
            }

            rules.Add(new RegimeRule(regime, ReadMember(rule, RuleModel, models, declared, null)));
        }

        if (!section.Context.HasErrors && rules.TrueForAll(r => r.Model is null))
        {
            section.Context.Warn(section.Line, "unusual_value", section.Path, $"{section.Path} is FLAT in every regime: nothing is ever traded.");
        }

        return rules.ToSequence();
    }

    /// <summary>A member's id. <paramref name="needed"/>: the output it must have; null: one that trades.</summary>
    private static string? ReadMember(Section section, TextKey key, Sequence<EnsembleModel> models, IReadOnlyList<string> declared, OutputFormat? needed)
    {
        if (section.Text(key) is not { } id)
        {
            return null;
        }

        if (!declared.Contains(id))
        {
            var list = string.Join(", ", declared);
            var nearest = NearestName.Among(id, declared);
            section.Context.Report(
                section.LineOf(key), "unknown_reference", section.PathOf(key),
                $"{section.PathOf(key)} is {ReadingContext.Shorten(id)}, and there is no such model{(nearest is null ? ";" : $", did you mean {nearest}?")} allowed: {list}.", ReadingContext.Shorten(id), list, nearest);
            return id;
        }

        if (models.FirstOrDefault(m => m.Id == id) is not { } model)
        {
            return id;
        }

        var allowed = needed is { } format ? Vocabulary.OutputFormats.NameOf(format) : "classification, regression";
        var fits = needed is null ? model.OutputType.Trades() : model.OutputType == needed;
        section.Context.ReportIf(
            !fits, section.LineOf(key), "conflict", section.PathOf(key), $"{section.PathOf(key)} is {id}, whose output_type is {Vocabulary.OutputFormats.NameOf(model.OutputType)}; allowed: {allowed}.", allowed);
        return id;
    }
}
