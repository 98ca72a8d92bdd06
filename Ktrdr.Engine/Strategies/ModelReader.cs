namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>model</c>.</summary>
internal static class ModelReader
{
    /// <summary>Reads the network; <paramref name="training"/> becomes the training settings that real documents keep under <c>model</c>, for <see cref="TrainingReader"/>.</summary>
    public static ModelSpec Read(Section root, out Section? training)
    {
        training = null;
        var section = root.RequireChild("model", "a mapping with type and architecture");
        if (section is null)
        {
            return new ModelSpec();
        }

        var kind = section.Choice("type", Vocabulary.Models);
        var known = kind is not null || !section.Has("type");
        var architecture = section.Child("architecture");
        var spec = architecture is null || !known ? new ModelSpec() : ReadArchitecture(architecture);
        foreach (var key in section.Child("features")?.Entries.Select(e => e.Key) ?? [])
        {
            section.Context.Warn(section.LineOf("features"), "no_effect", $"model.features.{key}", $"model.features.{key} has no effect: the inputs are what nn_inputs says.");
        }

        training = section.Child("training");
        section.Close();
        return spec;
    }

    private static ModelSpec ReadArchitecture(Section section)
    {
        var defaults = new ModelSpec();
        var hidden = ReadHiddenLayers(section) ?? defaults.HiddenLayers;
        var activation = section.Choice("activation", Vocabulary.Activations) ?? defaults.Activation;
        var dropout = section.Number("dropout", defaults.Dropout, 0, 0.95);
        section.NoEffect("output_activation", "the output layer follows from decisions.output_format");
        foreach (var key in (ReadOnlySpan<string>)["sequence_length", "hidden_size", "num_layers"])
        {
            section.OnlyWith(key, "model types lstm and gru");
        }

        section.Close();
        if (dropout > 0.7)
        {
            section.Context.Warn(section.LineOf("dropout"), "unusual_value", section.PathOf("dropout"), $"{section.PathOf("dropout")} is unusually high; common: 0 to 0.5.");
        }

        return new ModelSpec { HiddenLayers = hidden, Activation = activation, Dropout = dropout };
    }

    private static Sequence<int>? ReadHiddenLayers(Section section)
    {
        const int mostLayers = 8;
        const int widest = 1024;
        if (section.List("hidden_layers") is not { } items)
        {
            return null;
        }

        var path = section.PathOf("hidden_layers");
        if (items.Count is 0 or > mostLayers)
        {
            section.Context.Report(section.LineOf("hidden_layers"), "out_of_range", path, $"{path} has {items.Count} layers; allowed: 1 to {mostLayers}.", allowed: $"1 to {mostLayers} layers");
            return null;
        }

        var widths = new List<int>();
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is ScalarNode { Kind: ScalarKind.Integer } scalar && scalar.AsNumber() is >= 1 and <= widest and var width)
            {
                widths.Add((int)width);
                continue;
            }

            section.Context.Report(items[i].Line, "out_of_range", $"{path}[{i}]", $"{path}[{i}] is {Section.Describe(items[i])}; allowed: a whole number, 1 to {widest}.", (items[i] as ScalarNode)?.Text, $"1 to {widest}");
        }

        return widths.Count == items.Count ? widths.ToSequence() : null;
    }
}
