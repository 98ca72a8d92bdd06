using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Learning;

public sealed class ModelManifestTests
{
    private readonly Network _network = Network.Initialize(new MlpShape(2, [4, 3], 3, Activation.LeakyRelu, 0.1f), 7);

    [Fact]
    public void FromJson_WrittenManifest_GivesEverythingBack()
    {
        var json = Manifest().ToJson();
        var manifest = ModelManifest.FromJson(json);

        Assert.Equal(json, manifest.ToJson());
        Assert.Equal(_network.Shape, manifest.Shape);
        Assert.Equal((ulong.MaxValue, StopReason.EarlyStopping), (manifest.Seed, manifest.StopReason));
        Assert.Equal(new FeatureScale("1h_close_raw", NormalizationKind.ZScore, 1.25, 0.5), Assert.Single(manifest.Normalization));
        Assert.Contains("\"activation\": \"leaky_relu\"", json, StringComparison.Ordinal);
    }

    [Fact]
    public void FromJson_ShapeWithoutKind_IsAMultilayerPerceptron()
    {
        var json = Manifest().ToJson();
        Assert.Contains("\"kind\": \"mlp\",", json, StringComparison.Ordinal);
        Assert.Equal(_network.Shape, ModelManifest.FromJson(json.Replace("\"kind\": \"mlp\",", "", StringComparison.Ordinal)).Shape);
        Assert.Contains("model.json", Refusal(() => ModelManifest.FromJson(json.Replace("\"mlp\"", "\"abacus\"", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public void FromJson_RecurrentShape_ComesBackWhole()
    {
        var shape = new RecurrentShape(RecurrentCell.Gru, 2, 16, 2, 20, 3, 0.25f);
        var json = (Manifest() with { Shape = shape }).ToJson();
        Assert.Contains("\"cell\": \"gru\"", json, StringComparison.Ordinal);
        Assert.Contains("\"sequence_length\": 20", json, StringComparison.Ordinal);
        Assert.Equal(shape, ModelManifest.FromJson(json).Shape);
        Assert.Equal(20, ModelManifest.FromJson(json).Shape.SequenceLength);
        Assert.DoesNotContain("sequence_length", Manifest().ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("weights")]
    public void FromJson_SomethingElse_IsRefusedByTheFilesName(string json)
        => Assert.StartsWith("model.json cannot be used", Refusal(() => ModelManifest.FromJson(json)), StringComparison.Ordinal);

    [Fact]
    public void FromJson_NamesThatDoNotFitTheShape_AreCounted()
    {
        Assert.Contains("names 1 features", Refusal(() => ModelManifest.FromJson((Manifest() with { Features = ["a"] }).ToJson())), StringComparison.Ordinal);
        Assert.Contains("names 1 outputs", Refusal(() => ModelManifest.FromJson((Manifest() with { Outputs = ["a"] }).ToJson())), StringComparison.Ordinal);
        Assert.Contains("its format is 2", Refusal(() => ModelManifest.FromJson((Manifest() with { Format = 2 }).ToJson())), StringComparison.Ordinal);
    }

    private static string Refusal(Action action) => Assert.Throws<InvalidInputException>(action).Message;

    private ModelManifest Manifest() => new()
    {
        EngineVersion = "0.1.0",
        Shape = _network.Shape,
        Outputs = ["buy", "hold", "sell"],
        Features = ["1h_rsi_low", "1h_close_raw"],
        Normalization = [new FeatureScale("1h_close_raw", NormalizationKind.ZScore, 1.25, 0.5)],
        Symbol = "EURUSD",
        Timeframe = "1h",
        StrategyHash = "aa",
        DatasetHash = "bb",
        WeightsHash = _network.WeightsHash(),
        Seed = ulong.MaxValue,
        TrainingStart = 1_500_000_000_000,
        TrainingEnd = 1_600_000_000_000,
        BestEpoch = 12,
        StopReason = StopReason.EarlyStopping,
        Metrics = { ["validation_loss"] = 0.9, ["sharpe"] = null },
    };
}
