namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>training.early_stopping</c>.</summary>
internal static class StoppingReader
{
    private static readonly FlagKey Enabled = new("enabled", true, "Whether training stops early at all.");
    private static readonly IntegerKey Patience = new("patience", 10, 1, 100_000, "Epochs without progress before training stops.");
    private static readonly NumberKey MinDelta = new("min_delta", 0.001, 0, 1000, "Progress is a validation loss lower by more than this; 0 unless given for a regression.");
    private static readonly FreeKey Monitor = new("monitor", "val_loss", () => Schemas.Words(["val_loss"]), "What is watched.");
    private static readonly FlagKey Restore = new("restore_best", true, "true only: the weights of the best epoch are always kept.");
    private static readonly FlagKey OtherRestore = new("restore_best_weights", true, "Another name of restore_best.");
    private static readonly Shape Shape = new(Enabled, Patience, MinDelta, Monitor, Restore, OtherRestore);

    public static readonly FreeKey Key = new(
        "early_stopping", "{patience, min_delta}, true or false", () => Schemas.AnyOf(Schemas.Flag(), Shape.ToSchema()), "When to stop before the last epoch; true: the defaults, false: never.");

    /// <summary>Squared errors of returns are far below a thousandth, so for a regression any progress counts by default.</summary>
    public static EarlyStoppingSpec? Read(Section section, bool regression)
    {
        var defaults = regression ? new EarlyStoppingSpec(MinDelta: 0) : new EarlyStoppingSpec();
        switch (section.Take(Key))
        {
            case null:
                return defaults;
            case ScalarNode { Kind: ScalarKind.Flag } flag:
                return flag.AsFlag() ? defaults : null;
            case MappingNode mapping:
                return ReadMapping(new Section(mapping, section.PathOf(Key), section.Context, Shape), defaults);
            case var other:
                section.WrongType(Key, other);
                return defaults;
        }
    }

    private static EarlyStoppingSpec? ReadMapping(Section section, EarlyStoppingSpec defaults)
    {
        var spec = new EarlyStoppingSpec(section.IntegerOrNull(Patience) ?? defaults.Patience, section.NumberOrNull(MinDelta) ?? defaults.MinDelta);
        if (section.Text(Monitor) is { } monitor && monitor != "val_loss")
        {
            section.Context.UnknownWord(section.LineOf(Monitor), section.PathOf(Monitor), monitor, ["val_loss"], ["val_accuracy", "val_acc"]);
        }

        foreach (var key in (ReadOnlySpan<FlagKey>)[Restore, OtherRestore])
        {
            if (section.FlagOrNull(key) == false)
            {
                section.NotImplemented(key, "available: true, the weights of the best epoch are always kept");
            }
        }

        section.OneNameOf(Restore, OtherRestore);
        return section.Flag(Enabled) ? spec : null;
    }
}
