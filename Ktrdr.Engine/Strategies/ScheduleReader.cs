namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>training.lr_scheduler</c>: a name, or a mapping with <c>type</c> and parameters.</summary>
internal static class ScheduleReader
{
    private const string None = "none";

    private static readonly FreeKey Type = new(
        "type", string.Join(", ", Vocabulary.Schedules.Names.Append(None)), () => Schemas.Words(Vocabulary.Schedules.Names.Append(None)), "How the learning rate moves: step, exponential, reduce_on_plateau, cosine (half a cosine over all epochs), or none.")
    { Required = true };

    private static readonly IntegerKey StepSize = new("step_size", 30, 1, 100_000, "step: epochs between two reductions.");
    private static readonly NumberKey Gamma = new("gamma", null, 0, 1, "step, exponential: factor of a reduction; 0.1 for step and 0.95 for exponential unless given.") { MinOpen = true };
    private static readonly NumberKey Factor = new("factor", 0.5, 0, 1, "reduce_on_plateau: factor of a reduction.") { MinOpen = true, MaxOpen = true };
    private static readonly IntegerKey Patience = new("patience", 5, 0, 100_000, "reduce_on_plateau: epochs without progress before a reduction.");
    private static readonly FlagKey Enabled = new("enabled", true, "Whether the learning rate moves at all.");
    private static readonly Shape Shape = new(Type, StepSize, Gamma, Factor, Patience, Enabled);

    private static readonly (ScheduleKind Kind, Key Key)[] Owners =
        [(ScheduleKind.Step, StepSize), (ScheduleKind.Step, Gamma), (ScheduleKind.Exponential, Gamma), (ScheduleKind.ReduceOnPlateau, Factor), (ScheduleKind.ReduceOnPlateau, Patience)];

    public static readonly FreeKey Key = new("lr_scheduler", $"a name ({Type.Allowed}), or {{type, parameters}}", Form, "How the learning rate moves from epoch to epoch; it stays unless given.") { MayBeEmpty = true };

    public static readonly FreeKey OtherKey = Key with { Name = "scheduler", Summary = "Another name of lr_scheduler." };

    public static ScheduleSpec? Read(Section section, Section otherSection)
    {
        if (section.Has(Key) && otherSection.Has(OtherKey) && section == otherSection)
        {
            section.Context.Report(section.LineOf(OtherKey), "conflict", section.PathOf(OtherKey), $"{section.PathOf(OtherKey)} is another name of lr_scheduler; allowed: one of them.", allowed: "one of lr_scheduler, scheduler");
        }

        return section.Has(Key) ? ReadOne(section, Key) : ReadOne(otherSection, OtherKey);
    }

    private static ScheduleSpec? ReadOne(Section section, FreeKey key)
    {
        switch (section.Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Text } scalar:
                return ReadKind(section.Context, scalar, section.PathOf(key)) is { } kind ? new ScheduleSpec(kind, Gamma: DefaultGamma(kind)) : null;
            case MappingNode mapping:
                return ReadMapping(new Section(mapping, section.PathOf(key), section.Context, Shape));
            case var other:
                section.WrongType(key, other);
                return null;
        }
    }

    private static ScheduleSpec? ReadMapping(Section section)
    {
        section.Require(Type);
        if (section.Text(Type) is not { } word)
        {
            return null;
        }

        if (ReadKind(section.Context, ScalarNode.Of(word).At(section.LineOf(Type)), section.PathOf(Type)) is not { } kind)
        {
            return null;
        }

        foreach (var key in Owners.Select(o => o.Key).Distinct())
        {
            if (!Owners.Contains((kind, key)))
            {
                section.OnlyWith(key, $"type {string.Join(" or ", Owners.Where(o => o.Key == key).Select(o => Vocabulary.Schedules.NameOf(o.Kind)))}");
            }
        }

        var spec = new ScheduleSpec(kind, Gamma: DefaultGamma(kind));
        spec = kind switch
        {
            ScheduleKind.Step => spec with { StepSize = section.Integer(StepSize), Gamma = section.NumberOrNull(Gamma) ?? spec.Gamma },
            ScheduleKind.Exponential => spec with { Gamma = section.NumberOrNull(Gamma) ?? spec.Gamma },
            ScheduleKind.ReduceOnPlateau => spec with { Factor = section.Number(Factor), Patience = section.Integer(Patience) },
            _ => spec,
        };
        return section.Flag(Enabled) ? spec : null;
    }

    /// <summary>The original's: a tenth for steps, 0.95 for every epoch.</summary>
    private static double? DefaultGamma(ScheduleKind kind) => kind switch
    {
        ScheduleKind.Step => 0.1,
        ScheduleKind.Exponential => 0.95,
        _ => null,
    };

    private static ScheduleKind? ReadKind(ReadingContext context, ScalarNode scalar, string path)
    {
        if (scalar.Text == None)
        {
            return null;
        }

        if (Vocabulary.Schedules.TryFind(scalar.Text, out var kind))
        {
            return kind;
        }

        context.UnknownWord(scalar.Line, path, scalar.Text, [.. Vocabulary.Schedules.Names, None], []);
        return null;
    }

    private static System.Text.Json.Nodes.JsonObject Form() => Schemas.AnyOf(Schemas.Words(Vocabulary.Schedules.Names.Append(None)), Shape.ToSchema());
}
