using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Strategies;

/// <summary>Random but sound documents over the whole grammar.</summary>
internal static class RandomDocuments
{
    public static StrategyDocument Create(ulong seed)
    {
        var random = new Generator(seed, "document");
        var timeframes = Either(random) ? (Sequence<string>)["1h"] : ["4h", "1h", "1d"];
        var context = Either(random) ? (Sequence<ContextDataSpec>)[] : Context(random, is31: true);
        var sources = context.SelectMany(c => c.SourceIds()).ToArray();
        var indicators = IndicatorCatalog.All.Where(t => !t.Repaints).Where(_ => Either(random)).Append(IndicatorCatalog.All[1]).Distinct()
            .Select((t, i) => IndicatorSpec.Create($"i{i}_{t.Name}", t.Name, Arguments(t, random)) with { DataSource = sources.Length > 0 && Either(random) ? Pick(random, sources) : null }).ToSequence();
        var sets = indicators.Select((indicator, i) => new FuzzySetSpec(
            $"set-{i}", Reference(indicator, random), Enumerable.Range(0, 1 + random.NextInt(4)).Select(m => new MembershipSpec($"word_{m}", Membership(random))).ToSequence())).ToSequence();
        var inputs = sets.Select(s => new NnInput(s.Id, null, timeframes))
            .Concat(indicators.Select(i => new NnInput(null, Reference(i, random), [Pick(random, timeframes)], (NormalizationKind)random.NextInt(3)))).ToSequence();
        var format = (OutputFormat)random.NextInt(4);
        var exits = Either(random) ? Exits(random) : null;
        return new StrategyDocument
        {
            Name = $"generated-{seed}.x",
            Description = Either(random) ? null : $"about: \"{seed}\"",
            Version = "3.1",
            TrainingData = new TrainingDataSpec(
                Either(random) ? ["BTC/USD"] : ["EURUSD", "GBPUSD", "^N225"], timeframes, Pick(random, timeframes), Either(random) ? null : 50 + random.NextInt(500),
                Either(random) ? null : new DateTimeOffset(2015, 1, 2, 3, random.NextInt(2), 0, TimeSpan.Zero), Either(random) ? null : new DateTimeOffset(2020, 1, 2, 0, 0, 0, TimeSpan.Zero)),
            ContextData = context,
            Indicators = indicators,
            FuzzySets = sets,
            Inputs = inputs,
            Model = Model(random),
            Decisions = Decisions(format, random),
            Training = Training(format, random),
            Deployment = Either(random) ? null : new DeploymentSpec((SymbolScope)random.NextInt(2), ["XAUUSD"], Either(random) ? [] : ["1h"]),
            Costs = Either(random) ? null : new CostSpec(random.NextDouble() / 10, null, 1e-5, Either(random) ? null : random.NextDouble(), Either(random) ? null : 1, Either(random) ? null : random.NextDouble() / 10),
            Sizing = Either(random) ? null : Sizing(exits, random),
            Exits = exits,
            Validation = Either(random) ? null : Validation(random),
            Seeds = Enumerable.Range(0, random.NextInt(4)).Select(_ => random.NextUInt64()).ToSequence(),
        };
    }

    public static EnsembleDocument Ensemble(ulong seed)
    {
        var random = new Generator(seed, "ensemble");
        var context = Either(random);
        return new EnsembleDocument
        {
            Name = $"router-{seed}",
            Description = Either(random) ? null : "routes",
            Models =
            [
                new("gate", "models/gate_v2/4h_latest", OutputFormat.RegimeClassification), new("day", "day_bias", OutputFormat.ContextClassification),
                new("a", "models/a/1h_v12", OutputFormat.Classification), new("b", "b.model-1", OutputFormat.Regression),
            ],
            Composition = new EnsembleComposition
            {
                GateModel = "gate",
                ContextGate = context ? "day" : null,
                RegimeThreshold = random.NextDouble(),
                StabilityBars = 1 + random.NextInt(20),
                ContextModifiers = context ? new ContextModifiers(random.NextDouble(), random.NextDouble()) : new ContextModifiers(),
                AllowShortFromFlat = Either(random),
                Rules = Enum.GetValues<Regime>().Select(r => new RegimeRule(r, random.NextInt(3) switch { 0 => "a", 1 => "b", _ => null })).ToSequence(),
                OnRegimeTransition = (RegimeTransition)random.NextInt(2),
            },
        };
    }

    private static Sequence<ContextDataSpec> Context(Generator random, bool is31) =>
    [
        new(ContextProvider.Ib, "USDCAD", Either(random) ? "1h" : "1d", PublicationLagHours: is31 && Either(random) ? random.NextDouble() * 100 : null),
        new(ContextProvider.Fred, Series: Either(random) ? ["DGS5"] : ["DGS5", "DGS30", "DFF"]),
        new(ContextProvider.CftcCot, Report: "EUR"),
    ];

    private static ModelSpec Model(Generator random) => (ModelKind)random.NextInt(4) switch
    {
        ModelKind.Mlp => new ModelSpec { HiddenLayers = [1 + random.NextInt(1024), 8], Activation = (ActivationKind)random.NextInt(4), Dropout = 0.95 * random.NextDouble() },
        ModelKind.Tsk => new ModelSpec { Kind = ModelKind.Tsk, Tsk = new TskSpec(2 + random.NextInt(6), 2 + random.NextInt(100), random.NextDouble() / 2) },
        var kind => new ModelSpec { Kind = kind, SequenceLength = 2 + random.NextInt(100), HiddenSize = 1 + random.NextInt(200), Layers = 1 + random.NextInt(4), Dropout = random.NextDouble() / 2 },
    };

    private static DecisionSpec Decisions(OutputFormat format, Generator random) => format switch
    {
        OutputFormat.Regression => new DecisionSpec
        {
            OutputFormat = format,
            RoundTripCost = random.NextDouble() + 1e-9,
            MinEdgeMultiplier = 1.5,
            AllowShortFromFlat = Either(random),
            AllowReversal = Either(random),
        },
        OutputFormat.Classification => new DecisionSpec
        {
            ConfidenceThreshold = random.NextDouble(),
            MinSignalSeparation = new SignalSeparation(random.NextInt(99), (SeparationUnit)random.NextInt(2)),
            PositionAwareness = Either(random),
            AllowReversal = Either(random),
        },
        _ => new DecisionSpec { OutputFormat = format },
    };

    private static TrainingSpec Training(OutputFormat format, Generator random)
    {
        var regression = format == OutputFormat.Regression;
        var loss = regression ? Either(random) ? LossKind.Huber : LossKind.Mse : Either(random) ? LossKind.CrossEntropy : LossKind.Focal;
        return new TrainingSpec
        {
            Labels = Labels(format, random),
            Loss = loss,
            HuberDelta = loss == LossKind.Huber ? 1e-6 + random.NextDouble() : 0.01,
            FocalGamma = loss == LossKind.Focal ? random.NextDouble() * 5 : 2,
            Epochs = 1 + random.NextInt(1000),
            BatchSize = 1 + random.NextInt(1000),
            LearningRate = 1e-6 + (random.NextDouble() * 0.01),
            Schedule = random.NextInt(5) switch
            {
                0 => new ScheduleSpec(ScheduleKind.Step, 1 + random.NextInt(99), 1 - random.NextDouble()),
                1 => new ScheduleSpec(ScheduleKind.Exponential, Gamma: 1 - random.NextDouble()),
                2 => new ScheduleSpec(ScheduleKind.ReduceOnPlateau, Factor: 0.25 + (random.NextDouble() / 2), Patience: random.NextInt(9)),
                3 => new ScheduleSpec(ScheduleKind.Cosine),
                _ => null,
            },
            Optimizer = (OptimizerKind)random.NextInt(4),
            WeightDecay = random.NextDouble() / 1000,
            GradientClip = random.NextInt(3),
            EarlyStopping = Either(random) ? null : new EarlyStoppingSpec(1 + random.NextInt(50), random.NextDouble()),
            ClassWeights = !regression && Either(random),
            DataSplit = Either(random) ? new DataSplitSpec() : new DataSplitSpec(0.8, 0.2, 0),
        };
    }

    private static LabelSpec Labels(OutputFormat format, Generator random) => format switch
    {
        OutputFormat.Regression => new LabelSpec { Source = LabelSource.ForwardReturn, Horizon = 1 + random.NextInt(100) },
        OutputFormat.RegimeClassification => new LabelSpec
        {
            Source = LabelSource.Regime,
            MacroAtrMult = 3 + random.NextDouble(),
            MicroAtrMult = 1 + random.NextDouble(),
            AtrPeriod = 2 + random.NextInt(50),
            VolLookback = 2 + random.NextInt(500),
            VolCrisisThreshold = 1 + random.NextDouble(),
            ProgressionTolerance = random.NextDouble(),
        },
        OutputFormat.ContextClassification => new LabelSpec { Source = LabelSource.Context, Horizon = 1 + random.NextInt(20), BullishThreshold = 1e-6 + (random.NextDouble() / 2), BearishThreshold = -1e-6 - (random.NextDouble() / 2) },
        _ when Either(random) => new LabelSpec { Source = LabelSource.Zigzag, ZigzagThreshold = 1e-6 + (random.NextDouble() / 2) },
        _ => new LabelSpec
        {
            Source = LabelSource.TripleBarrier,
            PtMultiplier = 1 + random.NextDouble(),
            VolMethod = (VolatilityMethod)random.NextInt(2),
            CusumThreshold = Either(random) ? null : random.NextDouble() + 1e-6,
            ComputeWeights = Either(random),
        },
    };

    private static ExitSpec Exits(Generator random)
    {
        var levels = Enumerable.Range(0, 3).Select(_ => Either(random) ? null : new ExitLevel((ExitUnit)random.NextInt(3), 1e-4 + (random.NextDouble() / 2))).ToArray();
        return new ExitSpec(levels[0], levels[1], levels[2], 1 + random.NextInt(500), levels.Any(l => l?.Unit == ExitUnit.Atr) ? 1 + random.NextInt(200) : 14);
    }

    private static SizingSpec Sizing(ExitSpec? exits, Generator random)
    {
        var whole = Either(random);
        double? lot = whole && Either(random) ? 1 + random.NextInt(1000) : null;
        return (SizingKind)random.NextInt(4) switch
        {
            SizingKind.RiskPerTrade when exits?.Stop is not null => new SizingSpec(SizingKind.RiskPerTrade, 1 - random.NextDouble(), whole, lot),
            SizingKind.VolatilityTarget => new SizingSpec(SizingKind.VolatilityTarget, 1e-3 + random.NextDouble(), whole, lot, 2 + random.NextInt(100)),
            SizingKind.Units => new SizingSpec(SizingKind.Units, 1 + random.NextInt(100_000), whole, lot),
            _ => new SizingSpec(SizingKind.Fraction, 1 - random.NextDouble(), whole, lot),
        };
    }

    private static ValidationSpec Validation(Generator random)
    {
        int? embargo = Either(random) ? null : random.NextInt(1000);
        return (ValidationScheme)random.NextInt(4) switch
        {
            ValidationScheme.Holdout => new ValidationSpec(ValidationScheme.Holdout, EmbargoBars: embargo),
            ValidationScheme.WalkForward => new ValidationSpec(ValidationScheme.WalkForward, 2 + random.NextInt(49), Anchored: Either(random), EmbargoBars: embargo),
            ValidationScheme.PurgedKFold => new ValidationSpec(ValidationScheme.PurgedKFold, 2 + random.NextInt(49), EmbargoBars: embargo),
            _ => new ValidationSpec(ValidationScheme.CombinatorialPurged, 4 + random.NextInt(20), 1 + random.NextInt(3), EmbargoBars: embargo),
        };
    }

    private static Dictionary<string, object?> Arguments(IndicatorType type, Generator random)
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var parameter in type.Parameters.Where(p => p.Name == "period" && p.Kind == ParameterKind.Integer))
        {
            arguments[parameter.Name] = (int)parameter.Min! + 4 + random.NextInt(Math.Min(90, (int)parameter.Max! - (int)parameter.Min! - 4));
        }

        return arguments;
    }

    private static IndicatorRef Reference(IndicatorSpec indicator, Generator random)
    {
        var type = indicator.FindType();
        return new IndicatorRef(indicator.Id, type.IsMultiOutput && Either(random) ? Pick(random, type.Outputs) : null);
    }

    private static MembershipFunction Membership(Generator random)
    {
        switch ((MembershipKind)random.NextInt(5))
        {
            case MembershipKind.Gaussian:
                return MembershipCatalog.Create(MembershipKind.Gaussian, random.NextGaussian() * 1e5, 1e-9 + random.NextDouble());
            case MembershipKind.Sigmoid:
                return MembershipCatalog.Create(MembershipKind.Sigmoid, random.NextGaussian(), 0.1 + random.NextDouble());
            case MembershipKind.Bell:
                return MembershipCatalog.Create(MembershipKind.Bell, 0.1 + random.NextDouble(), 0.5 + random.NextDouble(), random.NextGaussian());
            case var kind:
                return MembershipCatalog.Create(kind, Enumerable.Range(0, kind == MembershipKind.Triangular ? 3 : 4).Select(_ => random.NextGaussian()).Order().ToArray());
        }
    }

    private static bool Either(Generator random) => random.NextInt(2) == 0;

    private static T Pick<T>(Generator random, IReadOnlyList<T> items) => items[random.NextInt(items.Count)];
}
