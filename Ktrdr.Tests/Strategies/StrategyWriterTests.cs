using FsCheck;
using FsCheck.Fluent;
using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class StrategyWriterTests
{
    [Fact]
    public void Write_AnyDocument_ReadsBackEqualFromYamlAndJson()
    {
        var generated = Gen.Choose(0, int.MaxValue).Select(seed => Document((ulong)seed));

        Prop.ForAll(generated.ToArbitrary(), document =>
            document.Equals(StrategyReader.Parse(StrategyWriter.ToYaml(document)))
            && document.Equals(StrategyReader.Parse(StrategyWriter.Canonical(document)))
            && StrategyHash.Of(document) == StrategyHash.Of(StrategyReader.Parse(StrategyWriter.ToYaml(document)))).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("plain words: with # everything \"quoted\" \\ and \t tabs")]
    [InlineData("two\nlines\r\nand more\n")]
    [InlineData("- not a list")]
    [InlineData("null")]
    [InlineData("3.0")]
    [InlineData("umlauts ä, snowman ☃, rocket 🚀, <html> & 'quotes'")]
    public void Write_AnyDescription_ReadsBackEqual(string description)
    {
        var document = StrategyReader.Parse(StrategyTexts.Sound) with { Description = description };

        Assert.Equal(document, StrategyReader.Parse(StrategyWriter.ToYaml(document)));
        Assert.Equal(document, StrategyReader.Parse(StrategyWriter.Canonical(document)));
    }

    [Fact]
    public void Hash_CountsWhatTheStrategyDoesAndNothingElse()
    {
        var document = StrategyReader.Parse(StrategyTexts.Sound);
        var hash = StrategyHash.Of(document);

        Assert.Equal(64, hash.Length);
        Assert.Equal(hash, StrategyHash.Of(document with { Name = "other", Description = "words" }));
        Assert.Equal(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("hidden_layers: [16, 8]", "hidden_layers:\n      - 16\n      - 8  # the same"))));
        Assert.Equal(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("timeframes: all", "timeframes: [1h]"))));
        Assert.Equal(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("epochs: 30", "epochs: 30\n  batch_size: 32"))));
        Assert.Equal(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("type: bbands", "type: BollingerBands"))));
        Assert.NotEqual(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("period: 14", "period: 15"))));
        Assert.NotEqual(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("epochs: 30", "epochs: 31"))));
        Assert.NotEqual(hash, StrategyHash.Of(document with { Inputs = document.Inputs.Reverse().ToSequence() }));
    }

    [Fact]
    public void Hash_IsTheSameInEveryBuild()
    {
        Assert.StartsWith("""{"name":"sound","version":"3.0","training_data":{"symbols":{"mode":"single","symbol":"EURUSD"},"timeframes":{"mode":"single","timeframe":"1h"},"history_required":100},"indicators":{"rsi_14":{"type":"rsi","period":14,"source":"close"},""", StrategyWriter.Canonical(StrategyReader.Parse(StrategyTexts.Sound)), StringComparison.Ordinal);
        Assert.Equal("2d2c428ae6d256089b2310f61af5f55f54536bececb81d8d24d8c69fdb8a03df", StrategyHash.Of(StrategyReader.Parse(StrategyTexts.Sound)));
    }

    /// <summary>A random but sound document.</summary>
    private static StrategyDocument Document(ulong seed)
    {
        var random = new Generator(seed, "document");
        var timeframes = random.NextInt(2) == 0 ? (Sequence<string>)["1h"] : ["4h", "1h", "1d"];
        var indicators = IndicatorCatalog.All.Where(t => !t.Repaints && random.NextInt(2) == 0).Append(IndicatorCatalog.All[0]).Distinct()
            .Select((t, i) => IndicatorSpec.Create($"i{i}_{t.Name}", t.Name, Arguments(t, random))).ToSequence();
        var sets = indicators.Select((indicator, i) => new FuzzySetSpec(
            $"set-{i}", Reference(indicator, random), Enumerable.Range(0, 1 + random.NextInt(4)).Select(m => new MembershipSpec($"word_{m}", Membership(random))).ToSequence())).ToSequence();
        var inputs = sets.Select(s => new NnInput(s.Id, null, timeframes))
            .Concat(indicators.Select(i => new NnInput(null, Reference(i, random), [timeframes[random.NextInt(timeframes.Count)]], (NormalizationKind)random.NextInt(3)))).ToArray();
        var regression = random.NextInt(2) == 0;
        var addition = random.NextInt(2) == 0;
        return new StrategyDocument
        {
            Name = $"generated-{seed}.x",
            Description = random.NextInt(2) == 0 ? null : $"about: \"{seed}\"",
            Version = addition ? "3.1" : "3.0",
            TrainingData = new TrainingDataSpec("BTC/USD", timeframes, timeframes[random.NextInt(timeframes.Count)], random.NextInt(2) == 0 ? null : 50 + random.NextInt(500)),
            Indicators = indicators,
            FuzzySets = sets,
            Inputs = inputs.ToSequence(),
            Model = new ModelSpec { HiddenLayers = [1 + random.NextInt(1024), 8], Activation = (ActivationKind)random.NextInt(4), Dropout = 0.95 * random.NextDouble() },
            Decisions = regression
                ? new DecisionSpec { OutputFormat = OutputFormat.Regression, RoundTripCost = random.NextDouble() + 1e-9, MinEdgeMultiplier = 1.5, AllowShortFromFlat = random.NextInt(2) == 0 }
                : new DecisionSpec { ConfidenceThreshold = random.NextDouble(), MinSignalSeparation = new SignalSeparation(random.NextInt(99), (SeparationUnit)random.NextInt(2)), PositionAwareness = random.NextInt(2) == 0 },
            Training = Training(regression, random),
            Deployment = random.NextInt(2) == 0 ? null : new DeploymentSpec((SymbolScope)random.NextInt(2), ["XAUUSD"], random.NextInt(2) == 0 ? [] : ["1h"]),
            Costs = addition ? new CostSpec(random.NextDouble() / 2, null, 1e-5) : null,
            Sizing = addition ? new SizingSpec(1 - random.NextDouble()) : null,
            Seeds = addition ? [random.NextUInt64()] : [],
        };
    }

    private static TrainingSpec Training(bool regression, Generator random) => new()
    {
        Labels = regression
            ? new LabelSpec { Source = LabelSource.ForwardReturn, Horizon = 1 + random.NextInt(100) }
            : new LabelSpec { Source = LabelSource.TripleBarrier, PtMultiplier = 1 + random.NextDouble(), VolMethod = (VolatilityMethod)random.NextInt(2), CusumThreshold = random.NextInt(2) == 0 ? null : random.NextDouble() + 1e-6, ComputeWeights = random.NextInt(2) == 0 },
        Loss = regression ? random.NextInt(2) == 0 ? LossKind.Huber : LossKind.Mse : LossKind.CrossEntropy,
        Epochs = 1 + random.NextInt(1000),
        BatchSize = 1 + random.NextInt(1000),
        LearningRate = 1e-6 + (random.NextDouble() * 0.01),
        Optimizer = (OptimizerKind)random.NextInt(4),
        WeightDecay = random.NextDouble() / 1000,
        GradientClip = random.NextInt(3),
        EarlyStopping = random.NextInt(2) == 0 ? null : new EarlyStoppingSpec(1 + random.NextInt(50), random.NextDouble()),
        ClassWeights = !regression && random.NextInt(2) == 0,
        DataSplit = random.NextInt(2) == 0 ? new DataSplitSpec() : new DataSplitSpec(0.8, 0.2, 0),
    };

    private static Dictionary<string, object?> Arguments(IndicatorType type, Generator random) =>
        type.Name == "rsi" ? new() { ["period"] = 2 + random.NextInt(90) } : [];

    private static IndicatorRef Reference(IndicatorSpec indicator, Generator random)
    {
        var type = indicator.FindType();
        return new IndicatorRef(indicator.Id, type.IsMultiOutput && random.NextInt(2) == 0 ? type.Outputs[random.NextInt(type.Outputs.Count)] : null);
    }

    private static MembershipFunction Membership(Generator random)
    {
        var kind = (MembershipKind)random.NextInt(3);
        if (kind == MembershipKind.Gaussian)
        {
            return MembershipCatalog.Create(kind, random.NextGaussian() * 1e5, 1e-9 + random.NextDouble());
        }

        var points = Enumerable.Range(0, kind == MembershipKind.Triangular ? 3 : 4).Select(_ => random.NextGaussian()).Order().ToArray();
        return MembershipCatalog.Create(kind, points);
    }
}
