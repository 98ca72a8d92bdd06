namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>training.labels</c>.</summary>
internal static class LabelsReader
{
    private const string Barrier = "triple_barrier: ";

    private static readonly ChoiceKey<LabelSource> Source = new("source", Vocabulary.LabelSources, null, "What the network learns to predict; by decisions.output_format unless given: zigzag, forward_return, regime, context.");
    private static readonly IntegerKey Horizon = new("horizon", null, 1, 10_000, "forward_return (required): bars ahead; context: bars ahead, 5 unless given.");
    private static readonly NumberKey PtMultiplier = new("pt_multiplier", 2, 0, 1000, Barrier + "upper barrier in volatilities.") { MinOpen = true };
    private static readonly NumberKey SlMultiplier = new("sl_multiplier", 1.5, 0, 1000, Barrier + "lower barrier in volatilities.") { MinOpen = true };
    private static readonly IntegerKey MaxHolding = new("max_holding_period", 50, 1, 10_000, Barrier + "bars until a label expires.");
    private static readonly IntegerKey VolSpan = new("vol_span", 50, 2, 10_000, Barrier + "span of the exponentially weighted volatility, in bars.");
    private static readonly ChoiceKey<VolatilityMethod> VolMethod = new("vol_method", Vocabulary.VolatilityMethods, VolatilityMethod.Atr, Barrier + "(high - low) / close, or log returns.");
    private static readonly NumberKey CusumThreshold = new("cusum_threshold", null, -1, 1, Barrier + "only bars where the CUSUM filter fires are labelled; 0 or less: cusum_multiplier times the mean volatility.") { MayBeEmpty = true };
    private static readonly NumberKey CusumMultiplier = new("cusum_multiplier", 0.5, 0, 1000, Barrier + "see cusum_threshold.") { MinOpen = true };
    private static readonly FlagKey ComputeWeights = new("compute_weights", false, Barrier + "weigh rows by how little their holding periods overlap.");
    private static readonly NumberKey ZigzagThreshold = new("zigzag_threshold", 0.02, 0, 1, "zigzag: a swing turns when price has reversed by this fraction.") { MinOpen = true, MaxOpen = true };
    private static readonly NumberKey MacroAtrMult = new("macro_atr_mult", 3, 0, 1000, "regime: reversal of a large swing, in median average true ranges.") { MinOpen = true };
    private static readonly NumberKey MicroAtrMult = new("micro_atr_mult", 1, 0, 1000, "regime: reversal of a small swing, in median average true ranges; below macro_atr_mult.") { MinOpen = true };
    private static readonly IntegerKey AtrPeriod = new("atr_period", 14, 2, 10_000, "regime: bars of the average true range and of the forward volatility.");
    private static readonly IntegerKey VolLookback = new("vol_lookback", 120, 2, 100_000, "regime: bars of the historical volatility.");
    private static readonly NumberKey VolCrisis = new("vol_crisis_threshold", 2, 0, 1000, "regime: volatile where forward volatility exceeds this multiple of the historical one.") { MinOpen = true };
    private static readonly NumberKey Progression = new("progression_tolerance", 0.5, 0, 1, "regime: share of small swings that must progress for a trend.");
    private static readonly NumberKey Bullish = new("bullish_threshold", 0.005, 0, 1, "context: bullish above this forward return.") { MinOpen = true };
    private static readonly NumberKey Bearish = new("bearish_threshold", -0.005, -1, 0, "context: bearish below this forward return.") { MaxOpen = true };
    private static readonly NumberKey OtherBullish = new("bullish", null, 0, 1, "Another name of bullish_threshold.") { MinOpen = true };
    private static readonly NumberKey OtherBearish = new("bearish", null, -1, 0, "Another name of bearish_threshold.") { MaxOpen = true };
    private static readonly FreeKey Lookahead = new("label_lookahead", "anything", () => [], "") { NoEffect = "it never had one, in the original either", MayBeEmpty = true };

    private static readonly (LabelSource Source, Key[] Keys)[] Parameters =
    [
        (LabelSource.TripleBarrier, [PtMultiplier, SlMultiplier, MaxHolding, VolSpan, VolMethod, CusumThreshold, CusumMultiplier, ComputeWeights]),
        (LabelSource.ForwardReturn, [Horizon]),
        (LabelSource.Zigzag, [ZigzagThreshold]),
        (LabelSource.Regime, [MacroAtrMult, MicroAtrMult, AtrPeriod, VolLookback, VolCrisis, Progression]),
        (LabelSource.Context, [Horizon, Bullish, Bearish, OtherBullish, OtherBearish]),
    ];

    public static readonly PartKey Key = new(
        "labels",
        new Shape(
            Source, PtMultiplier, SlMultiplier, MaxHolding, VolSpan, VolMethod, CusumThreshold, CusumMultiplier, ComputeWeights, Horizon, ZigzagThreshold,
            MacroAtrMult, MicroAtrMult, AtrPeriod, VolLookback, VolCrisis, Progression, Bullish, Bearish, OtherBullish, OtherBearish, Lookahead)
        {
            WrongKeys =
            [
                ("profit_target_atr", "pt_multiplier"), ("stop_loss_atr", "sl_multiplier"), ("max_holding_bars", "max_holding_period"),
                ("profit_target", "pt_multiplier"), ("stop_loss", "sl_multiplier"), ("max_holding", "max_holding_period"),
            ],
            Rules =
            [
                () => Schemas.NotBoth(Bullish!, OtherBullish!),
                () => Schemas.NotBoth(Bearish!, OtherBearish!),
                () => Schemas.When(Schemas.Is(Source!, "forward_return"), Schemas.Required(Horizon!.Name)),
            ],
        },
        "What the network learns to predict.");

    public static LabelSpec? Read(Section training, OutputFormat format, bool formatKnown)
    {
        var section = training.Part(Key);
        if (section is null)
        {
            if (training.Has(Key))
            {
                return null;
            }

            if (format == OutputFormat.Regression && formatKnown)
            {
                training.Require(Key, "{source: forward_return, horizon: <bars>}");
                return null;
            }

            return Defaults(DefaultFor(format));
        }

        var given = section.ChoiceOrNull(Source);
        if (given is null && section.Has(Source))
        {
            // The parameters belong to a source that is not there: they would only repeat the problem.
            return null;
        }

        var source = given ?? DefaultFor(format);
        if (formatKnown && !Fits(source, format))
        {
            var allowed = string.Join(", ", SourcesOf(format));
            var name = Vocabulary.LabelSources.NameOf(source);
            section.Context.Report(
                section.LineOf(Source), "conflict", section.PathOf(Source),
                $"{section.PathOf(Source)} is {name} with decisions.output_format {Vocabulary.OutputFormats.NameOf(format)}; allowed: {allowed}, or the other output_format.", name, allowed);
        }

        RefuseOthers(section, source);
        return source switch
        {
            LabelSource.TripleBarrier => ReadTripleBarrier(section),
            LabelSource.ForwardReturn => ReadForwardReturn(section),
            LabelSource.Zigzag => Defaults(source) with { ZigzagThreshold = section.Number(ZigzagThreshold) },
            LabelSource.Regime => ReadRegime(section),
            _ => ReadContext(section),
        };
    }

    /// <summary>The original's default is zigzag; it is what a model that decides buy, hold or sell gets here too.</summary>
    private static LabelSource DefaultFor(OutputFormat format) => format switch
    {
        OutputFormat.Regression => LabelSource.ForwardReturn,
        OutputFormat.RegimeClassification => LabelSource.Regime,
        OutputFormat.ContextClassification => LabelSource.Context,
        _ => LabelSource.Zigzag,
    };

    /// <summary>The names of the sources that go with a format.</summary>
    internal static IReadOnlyList<string> SourcesOf(OutputFormat format) => Vocabulary.LabelSources.Names.Where(n => Vocabulary.LabelSources.TryFind(n, out var source) && Fits(source, format)).ToArray();

    private static bool Fits(LabelSource source, OutputFormat format) => format switch
    {
        OutputFormat.Classification => source is LabelSource.TripleBarrier or LabelSource.Zigzag,
        _ => source == DefaultFor(format),
    };

    private static LabelSpec Defaults(LabelSource source) => source == LabelSource.Context ? new LabelSpec { Source = source, Horizon = 5 } : new LabelSpec { Source = source };

    private static void RefuseOthers(Section section, LabelSource source)
    {
        var own = Parameters.First(p => p.Source == source).Keys;
        foreach (var (other, keys) in Parameters)
        {
            foreach (var key in keys)
            {
                if (other == source || own.Contains(key))
                {
                    continue;
                }

                if (key == AtrPeriod && source == LabelSource.TripleBarrier && section.Has(key))
                {
                    section.Context.Report(
                        section.LineOf(key), "wrong_key", section.PathOf(key), $"{section.PathOf(key)} is not a key of triple_barrier (the original ignores it); the right key is vol_span.", key.Name, "vol_span", "vol_span");
                    continue;
                }

                section.OnlyWith(key, $"source {Vocabulary.LabelSources.NameOf(other)}");
            }
        }
    }

    private static LabelSpec ReadForwardReturn(Section section)
    {
        section.Require(Horizon);
        return new LabelSpec { Source = LabelSource.ForwardReturn, Horizon = section.IntegerOrNull(Horizon) ?? 20 };
    }

    private static LabelSpec ReadTripleBarrier(Section section)
    {
        var spec = new LabelSpec
        {
            Source = LabelSource.TripleBarrier,
            PtMultiplier = section.Number(PtMultiplier),
            SlMultiplier = section.Number(SlMultiplier),
            MaxHoldingPeriod = section.Integer(MaxHolding),
            VolSpan = section.Integer(VolSpan),
            VolMethod = section.Choice(VolMethod),
            CusumThreshold = section.NumberOrNull(CusumThreshold) is { } threshold ? Math.Max(threshold, 0) : null,
            ComputeWeights = section.Flag(ComputeWeights),
        };

        // The multiplier counts only where the threshold is left to it.
        if (spec.CusumThreshold == 0)
        {
            return spec with { CusumMultiplier = section.Number(CusumMultiplier) };
        }

        section.OnlyWith(CusumMultiplier, "cusum_threshold: 0");
        return spec;
    }

    private static LabelSpec ReadRegime(Section section)
    {
        var spec = new LabelSpec
        {
            Source = LabelSource.Regime,
            MacroAtrMult = section.Number(MacroAtrMult),
            MicroAtrMult = section.Number(MicroAtrMult),
            AtrPeriod = section.Integer(AtrPeriod),
            VolLookback = section.Integer(VolLookback),
            VolCrisisThreshold = section.Number(VolCrisis),
            ProgressionTolerance = section.Number(Progression),
        };
        section.Context.ReportIf(
            spec.MicroAtrMult >= spec.MacroAtrMult, section.LineOf(MicroAtrMult), "out_of_range", section.PathOf(MicroAtrMult),
            $"{section.PathOf(MicroAtrMult)} is not below macro_atr_mult; allowed: small swings turn earlier than large ones.", "below macro_atr_mult");
        return spec;
    }

    private static LabelSpec ReadContext(Section section)
    {
        var (bullish, bearish) = (OneName(section, Bullish, OtherBullish), OneName(section, Bearish, OtherBearish));
        return new LabelSpec
        {
            Source = LabelSource.Context,
            Horizon = section.IntegerOrNull(Horizon) ?? 5,
            BullishThreshold = section.NumberOrNull(bullish) ?? Bullish.Default!.Value,
            BearishThreshold = section.NumberOrNull(bearish) ?? Bearish.Default!.Value,
        };
    }

    /// <summary>The name of two that is used.</summary>
    private static NumberKey OneName(Section section, NumberKey key, NumberKey other)
    {
        section.OneNameOf(key, other);
        return section.Has(other) ? other : key;
    }
}
