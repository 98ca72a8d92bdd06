using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>model</c>.</summary>
internal static class ModelReader
{
    private const int MostLayers = 8;
    private const int Widest = 1024;
    private const int LongestSequence = 1024;

    private static readonly FreeKey HiddenLayers = new(
        "hidden_layers", $"1 to {MostLayers} whole numbers, each 1 to {Widest}",
        () => Schemas.List(new() { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = Widest }, 1, MostLayers), "mlp: widths of the hidden layers, [32, 16] unless given.");

    private static readonly ChoiceKey<ActivationKind> Activation = new("activation", Vocabulary.Activations, ActivationKind.Relu, "mlp: activation of the hidden layers.");
    private static readonly NumberKey Dropout = new("dropout", 0.2, 0, 0.95, "mlp, lstm, gru: share of units dropped per training step.");
    private static readonly IntegerKey SequenceLength = new("sequence_length", null, 2, LongestSequence, "lstm, gru (required): rows in a window, the decided row being its last.");
    private static readonly IntegerKey HiddenSize = new("hidden_size", 64, 1, 1024, "lstm, gru: units per layer.");
    private static readonly IntegerKey Layers = new("num_layers", 2, 1, 8, "lstm, gru: stacked layers.");
    private static readonly IntegerKey Memberships = new("memberships_per_input", 3, 2, 7, "tsk: memberships of an input that has no fuzzy set to begin with.") { Since = "3.1" };
    private static readonly IntegerKey MaxRules = new("max_rules", 32, 1, 1024, "tsk: most rules before pruning.") { Since = "3.1" };
    private static readonly NumberKey PruneBelow = new("prune_below", 0.01, 0, 0.5, "tsk: rules with a smaller share of the summed firing times consequent are pruned after training; 0 keeps all.") { Since = "3.1" };
    private static readonly TextKey OutputActivation = new("output_activation", "") { NoEffect = "the output layer follows from decisions.output_format", MayBeEmpty = true };

    private static readonly ChoiceKey<ModelKind> Type = new("type", Vocabulary.Models, ModelKind.Mlp, "mlp; lstm, gru: windows of rows; tsk: a Takagi-Sugeno-Kang network whose rules can be read (version 3.1).");
    private static readonly PartKey Architecture = new("architecture", new Shape(HiddenLayers, Activation, Dropout, SequenceLength, HiddenSize, Layers, Memberships, MaxRules, PruneBelow, OutputActivation), "The size of the network.");
    private static readonly FreeKey Features = new("features", "a mapping", () => new() { ["type"] = "object", ["deprecated"] = true }, "Accepted without effect: the inputs are what nn_inputs says.") { MayBeEmpty = true };
    private static readonly PartKey Training = new("training", TrainingReader.ModelShape, "The settings of training, where training does not have them; a warning says so.");

    public static readonly PartKey Key = new("model", new Shape(Type, Architecture, Features, Training) { Rules = [RecurrentRule] }, "The network.") { Required = true };

    private static JsonObject RecurrentRule()
    {
        var needs = Schemas.Required(Architecture.Name);
        needs["properties"] = new JsonObject { [Architecture.Name] = Schemas.Required(SequenceLength.Name) };
        return Schemas.When(Schemas.Is(Type, "lstm", "gru"), needs);
    }

    /// <summary>Reads the network; <paramref name="training"/> becomes the training settings that real documents keep under <c>model</c>, for <see cref="TrainingReader"/>.</summary>
    public static ModelSpec Read(Section root, out Section? training)
    {
        training = null;
        var section = root.RequirePart(Key);
        if (section is null)
        {
            return new ModelSpec();
        }

        var context = section.Context;
        var kind = section.ChoiceOrNull(Type);
        var known = kind is not null || !section.Has(Type);
        context.ReportIf(
            kind == ModelKind.Tsk && context.Version == "3.0", section.LineOf(Type), "needs_version", section.PathOf(Type), $"{section.PathOf(Type)} tsk belongs to grammar 3.1; allowed: write version: \"3.1\".", "version: \"3.1\"");
        if (section.Map(Features) is { } features)
        {
            foreach (var id in features.Ids)
            {
                context.NeverHadEffect(features.LineOf(id), features.PathOf(id), "the inputs are what nn_inputs says");
            }
        }

        training = section.Part(Training);
        var spec = new ModelSpec { Kind = kind ?? ModelKind.Mlp };
        if (!known)
        {
            // Which keys count depends on the type; that they exist is checked all the same.
            section.Part(Architecture);
            return spec;
        }

        var architecture = spec.IsRecurrent ? section.RequirePart(Architecture, "a mapping with sequence_length") : section.Part(Architecture);
        return architecture is null ? spec : ReadArchitecture(architecture, spec);
    }

    private static ModelSpec ReadArchitecture(Section section, ModelSpec spec)
    {
        var name = Vocabulary.Models.NameOf(spec.Kind);
        Without(section, spec.Kind == ModelKind.Mlp, "model type mlp", HiddenLayers, Activation);
        Without(section, spec.IsRecurrent, $"model types lstm and gru, not {name}", SequenceLength, HiddenSize, Layers);
        Without(section, spec.Kind == ModelKind.Tsk, $"model type tsk, not {name}", Memberships, MaxRules, PruneBelow);
        Without(section, spec.Kind != ModelKind.Tsk, "model types mlp, lstm and gru, not tsk", Dropout);
        if (spec.Kind == ModelKind.Tsk)
        {
            return spec with { Tsk = new TskSpec(section.Integer(Memberships), section.Integer(MaxRules), section.Number(PruneBelow)) };
        }

        var dropout = section.Number(Dropout);
        if (dropout > 0.7)
        {
            section.Unusual(Dropout, "is unusually high; common: 0 to 0.5");
        }

        if (!spec.IsRecurrent)
        {
            return spec with { HiddenLayers = ReadHiddenLayers(section) ?? spec.HiddenLayers, Activation = section.Choice(Activation), Dropout = dropout };
        }

        section.Require(SequenceLength, $"a whole number, {SequenceLength.Range}: rows that the network sees at once");
        return spec with { SequenceLength = section.IntegerOrNull(SequenceLength) ?? 2, HiddenSize = section.Integer(HiddenSize), Layers = section.Integer(Layers), Dropout = dropout };
    }

    private static void Without(Section section, bool fits, string condition, params ReadOnlySpan<Key> keys)
    {
        foreach (var key in keys)
        {
            if (!fits)
            {
                section.OnlyWith(key, condition);
            }
        }
    }

    private static Sequence<int>? ReadHiddenLayers(Section section)
    {
        if (section.List(HiddenLayers) is not { } items)
        {
            return null;
        }

        var path = section.PathOf(HiddenLayers);
        if (items.Count is 0 or > MostLayers)
        {
            section.Context.Report(section.LineOf(HiddenLayers), "out_of_range", path, $"{path} has {items.Count} layers; allowed: 1 to {MostLayers}.", allowed: $"1 to {MostLayers} layers");
            return null;
        }

        var widths = new List<int>();
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is ScalarNode { Kind: ScalarKind.Integer or ScalarKind.Number } scalar && scalar.AsNumber() is >= 1 and <= Widest and var width && width == Math.Floor(width))
            {
                widths.Add((int)width);
                continue;
            }

            section.Context.Report(items[i].Line, "out_of_range", $"{path}[{i}]", $"{path}[{i}] is {Section.DescribeNumber(items[i])}; allowed: a whole number, 1 to {Widest}.", (items[i] as ScalarNode)?.Text, $"1 to {Widest}");
        }

        return widths.Count == items.Count ? widths.ToSequence() : null;
    }
}
