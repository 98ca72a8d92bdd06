namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>training.labels</c>.</summary>
internal static class LabelsReader
{
    private static readonly string[] ForwardReturnKeys = ["horizon"];

    private static readonly string[] TripleBarrierKeys =
        ["pt_multiplier", "sl_multiplier", "max_holding_period", "vol_span", "vol_method", "cusum_threshold", "cusum_multiplier", "compute_weights"];

    private static readonly (string Wrong, string Right)[] WrongKeys =
    [
        ("profit_target_atr", "pt_multiplier"), ("stop_loss_atr", "sl_multiplier"), ("max_holding_bars", "max_holding_period"), ("atr_period", "vol_span"),
    ];

    public static LabelSpec? Read(Section training, OutputFormat format)
    {
        const string available = "triple_barrier, forward_return";
        if (!training.Has("labels"))
        {
            training.Context.Report(
                training.Line, "missing_key", "training.labels.source", $"training.labels is missing; the original's default source zigzag is not implemented, write source: one of {available}.", allowed: available);
            training.Take("labels");
            return null;
        }

        var section = training.Child("labels");
        if (section is null)
        {
            return null;
        }

        if (!section.Has("source"))
        {
            section.Context.Report(
                section.Line, "missing_key", section.PathOf("source"), $"{section.PathOf("source")} is missing; the original's default zigzag is not implemented, available: {available}.", allowed: available);
            return null;
        }

        if (section.Choice("source", Vocabulary.LabelSources) is not { } source)
        {
            // The parameters belong to a source that is not there: they would only repeat the problem.
            return null;
        }

        if (source == LabelSource.ForwardReturn != (format == OutputFormat.Regression))
        {
            var name = Vocabulary.LabelSources.NameOf(source);
            var fitting = format == OutputFormat.Regression ? "forward_return" : "triple_barrier";
            section.Context.Report(
                section.LineOf("source"), "conflict", section.PathOf("source"),
                $"{section.PathOf("source")} is {name} with decisions.output_format {Vocabulary.OutputFormats.NameOf(format)}; allowed: {fitting}, or the other output_format.", name, fitting);
        }

        var spec = source == LabelSource.ForwardReturn ? ReadForwardReturn(section) : ReadTripleBarrier(section);
        section.NoEffect("label_lookahead", "it never had one, in the original either");
        section.OnlyWith("zigzag_threshold", "source zigzag, which is not implemented");
        section.Close();
        return spec;
    }

    private static LabelSpec ReadForwardReturn(Section section)
    {
        foreach (var key in TripleBarrierKeys)
        {
            section.OnlyWith(key, "source triple_barrier");
        }

        if (!section.Has("horizon"))
        {
            section.Require("horizon", "bars ahead, 1 to 10000");
        }

        return new LabelSpec { Source = LabelSource.ForwardReturn, Horizon = section.Integer("horizon", 20, 1, 10_000) };
    }

    private static LabelSpec ReadTripleBarrier(Section section)
    {
        foreach (var (wrong, right) in WrongKeys)
        {
            section.WrongKey(wrong, right);
        }

        foreach (var key in ForwardReturnKeys)
        {
            section.OnlyWith(key, "source forward_return");
        }

        var defaults = new LabelSpec { Source = LabelSource.TripleBarrier };
        var spec = defaults with
        {
            PtMultiplier = section.Number("pt_multiplier", defaults.PtMultiplier, 0, 1000, minOpen: true),
            SlMultiplier = section.Number("sl_multiplier", defaults.SlMultiplier, 0, 1000, minOpen: true),
            MaxHoldingPeriod = section.Integer("max_holding_period", defaults.MaxHoldingPeriod, 1, 10_000),
            VolSpan = section.Integer("vol_span", defaults.VolSpan, 2, 10_000),
            VolMethod = section.Choice("vol_method", Vocabulary.VolatilityMethods) ?? defaults.VolMethod,
            CusumThreshold = section.NumberOrNull("cusum_threshold", -1, 1) is { } threshold ? Math.Max(threshold, 0) : null,
            ComputeWeights = section.Flag("compute_weights", defaults.ComputeWeights),
        };

        // The multiplier counts only where the threshold is left to it.
        if (spec.CusumThreshold == 0)
        {
            return spec with { CusumMultiplier = section.Number("cusum_multiplier", defaults.CusumMultiplier, 0, 1000, minOpen: true) };
        }

        section.OnlyWith("cusum_multiplier", "cusum_threshold: 0");
        return spec;
    }
}
