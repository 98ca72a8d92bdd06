using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Learning;

public sealed class ModelFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("ktrdr-model-").FullName;
    private readonly Network _network = Network.Initialize(new MlpShape(2, [4, 3], 3, Activation.LeakyRelu, 0.1f), 7);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Read_WrittenModel_GivesEverythingBack()
    {
        var folder = Path.Combine(_root, "v1");
        ModelFolder.Write(folder, Manifest(), _network, "name: x\n");
        var stored = ModelFolder.Read(folder);
        Assert.Equal(_network.WeightsHash(), stored.Network.WeightsHash());
        Assert.Equal("name: x\n", stored.StrategyYaml);
        Assert.Equal(ModelFolder.ToJson(Manifest()), ModelFolder.ToJson(stored.Manifest));
        Assert.Equal(_network.Shape, stored.Manifest.Shape);
        Assert.Equal(["model.json", "strategy.yaml", "weights.safetensors"], Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(folder + ".partial"));
        Assert.Contains("\"activation\": \"leaky_relu\"", File.ReadAllText(Path.Combine(folder, "model.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void FromJson_ShapeWithoutKind_IsAMultilayerPerceptron()
    {
        var json = ModelFolder.ToJson(Manifest());
        Assert.Contains("\"kind\": \"mlp\",", json, StringComparison.Ordinal);
        Assert.Equal(_network.Shape, ModelFolder.FromJson(json.Replace("\"kind\": \"mlp\",", "", StringComparison.Ordinal)).Shape);
        Assert.Contains("model.json", Refusal(() => ModelFolder.FromJson(json.Replace("\"mlp\"", "\"abacus\"", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public void FromJson_RecurrentShape_ComesBackWhole()
    {
        var shape = new RecurrentShape(RecurrentCell.Gru, 2, 16, 2, 20, 3, 0.25f);
        var json = ModelFolder.ToJson(Manifest() with { Shape = shape });
        Assert.Contains("\"cell\": \"gru\"", json, StringComparison.Ordinal);
        Assert.Contains("\"sequence_length\": 20", json, StringComparison.Ordinal);
        Assert.Equal(shape, ModelFolder.FromJson(json).Shape);
        Assert.Equal(20, ModelFolder.FromJson(json).Shape.SequenceLength);
        Assert.DoesNotContain("sequence_length", ModelFolder.ToJson(Manifest()), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ExistingFolder_IsRefusedAndLeavesItAlone()
    {
        var folder = Path.Combine(_root, "v1");
        ModelFolder.Write(folder, Manifest(), _network, "a");
        Assert.Throws<IOException>(() => ModelFolder.Write(folder, Manifest(), _network, "b"));
        Assert.Equal("a", ModelFolder.Read(folder).StrategyYaml);
        Directory.Move(folder, folder + "-old");
        ModelFolder.Write(folder, Manifest(), _network, "b");
        Assert.Equal("b", ModelFolder.Read(folder).StrategyYaml);
    }

    [Fact]
    public void Read_DamagedModel_NamesTheFileAndTheReason()
    {
        var folder = Path.Combine(_root, "v1");
        ModelFolder.Write(folder, Manifest(), _network, "a");
        var weights = Path.Combine(folder, "weights.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Contains("SHA-256", Refusal(() => ModelFolder.Read(folder)), StringComparison.Ordinal);
        File.Delete(weights);
        Assert.Contains("weights.safetensors cannot be used: it is missing", Refusal(() => ModelFolder.Read(folder)), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "model.json"), "{}");
        Assert.Contains("model.json", Refusal(() => ModelFolder.Read(folder)), StringComparison.Ordinal);
        Assert.Contains("names 1 features", Refusal(() => ModelFolder.FromJson(ModelFolder.ToJson(Manifest() with { Features = ["a"] }))), StringComparison.Ordinal);
        Assert.Contains("weights_hash", Refusal(() => ModelFolder.Write(folder, Manifest() with { WeightsHash = "0" }, _network, "a")), StringComparison.Ordinal);
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
