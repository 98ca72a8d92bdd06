using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Strategies;

/// <summary>The schema accepts what the reader accepts, and refuses what it refuses for its structure.</summary>
public sealed class StrategySchemaTests
{
    private static readonly JsonObject Schema = StrategySchema.Create();

    public static TheoryData<string> Examples => ExampleStrategiesTests.Files;

    [Theory]
    [MemberData(nameof(Examples))]
    public void Schema_EveryExample_IsValid(string file) => Assert.Empty(Problems(File.ReadAllText(Path.Combine(Repository.Root, "strategies", file))));

    [Fact]
    public void Schema_EveryFullDocument_IsValid()
    {
        foreach (var text in FullDocuments.Strategies.Append(StrategyTexts.Sound))
        {
            Assert.Empty(Problems(text));
            Assert.Empty(SchemaCheck.Of(Schema, JsonNode.Parse(StrategyWriter.Canonical(StrategyReader.Parse(text)))));
        }

        Assert.Empty(SchemaCheck.Of(StrategySchema.CreateEnsemble(), YamlJson.Of(FullDocuments.Ensemble)));
    }

    [Fact]
    public void Schema_AnyDocument_IsValid()
    {
        for (var seed = 0UL; seed < 30; seed++)
        {
            Assert.Empty(SchemaCheck.Of(Schema, JsonNode.Parse(StrategyWriter.Canonical(RandomDocuments.Create(seed)))));
            Assert.Empty(SchemaCheck.Of(StrategySchema.CreateEnsemble(), JsonNode.Parse(EnsembleWriter.Canonical(RandomDocuments.Ensemble(seed)))));
        }
    }

    [Theory]
    [InlineData("epochs: 60", "epoch: 60")]
    [InlineData("epochs: 60", "epochs: 0")]
    [InlineData("epochs: 60", "epochs: many")]
    [InlineData("type: gru", "type: grue")]
    [InlineData("k_period: 21", "k_perid: 21")]
    [InlineData("k_period: 21", "k_period: 0")]
    [InlineData("list: [15m, 4h]", "list: [15m, 5h]")]
    [InlineData("cold: [0, 15, 40]", "cold: [0, 15]")]
    [InlineData("target: {percent: 3}", "target: 3")]
    [InlineData("min_signal_separation: 6", "min_signal_separation: 6 days")]
    public void Schema_WhatTheReaderRefuses_IsRefused(string piece, string replacement)
    {
        Assert.Contains(piece, FullDocuments.Recurrent, StringComparison.Ordinal);
        var text = FullDocuments.Recurrent.Replace(piece, replacement, StringComparison.Ordinal);

        Assert.NotEmpty(Problems(text));
        Assert.NotEmpty(StrategyReader.Read(text).Errors);
    }

    /// <summary>Of a JSON document, which has no other way to write them.</summary>
    [Theory]
    [InlineData("name", "\"é\"")]
    [InlineData("version", "3")]
    [InlineData("training_data.symbols.list", "[]")]
    [InlineData("training_data.symbols.list", "[\"AUDUSD\", \"AUDUSD\"]")]
    [InlineData("training_data.symbols.list", "[\"AUD USD\"]")]
    [InlineData("training_data.symbols.symbol", "\"AUDUSD\"")]
    [InlineData("training_data.symbols.symbols", "[\"AUDUSD\"]")]
    [InlineData("training_data.timeframes.list", "[\"15m\"]")]
    [InlineData("context_data", "[{\"provider\": \"fred\"}]")]
    [InlineData("indicators", "{}")]
    [InlineData("indicators.a b", "{\"type\": \"rsi\"}")]
    [InlineData("fuzzy_sets.empty", "{\"indicator\": \"osc.d\"}")]
    [InlineData("fuzzy_sets.osc_state.hot", "{\"type\": \"gaussian\", \"parameters\": [1, 2, 3]}")]
    [InlineData("fuzzy_sets.osc_state.hot", "{\"parameters\": [1, 2]}")]
    [InlineData("fuzzy_sets.osc_state.hot", "[0, 1, 1e13]")]
    [InlineData("nn_inputs", "[]")]
    [InlineData("nn_inputs", "[{\"timeframes\": \"all\"}]")]
    [InlineData("model", "{\"type\": \"lstm\"}")]
    [InlineData("decisions.output_format", "\"regression\"")]
    [InlineData("training.loss", "\"mse\"")]
    [InlineData("training.labels.source", "\"regime\"")]
    [InlineData("training.focal_gamma", "11")]
    [InlineData("sizing", "{}")]
    [InlineData("sizing", "{\"units\": 1, \"fraction\": 1}")]
    [InlineData("exits", "{}")]
    [InlineData("exits.stop", "{\"percent\": 1, \"atr\": 1}")]
    [InlineData("costs.slippage", "0.2")]
    [InlineData("seeds", "[1, 1]")]
    [InlineData("decisions.filters.min_signal_separation", "\"999999 bars\"")]
    [InlineData("decisions.filters.min_signal_separation", "\"4.5 bars\"")]
    public void Schema_WhatTheReaderRefusesOfAValue_IsRefused(string path, string value)
    {
        var document = With(path, value);

        Assert.NotEmpty(StrategyReader.Read(document.ToJsonString()).Errors);
        Assert.NotEmpty(SchemaCheck.Of(Schema, document));
    }

    /// <summary>What the reader takes, though it is not as documents usually write it.</summary>
    [Theory]
    [InlineData("version", "3.1")]
    [InlineData("indicators.osc.type", "\"STOCHASTIC\"")]
    [InlineData("fuzzy_sets.osc_state.hot", "{\"type\": \"Gaussian\", \"parameters\": [88, 11]}")]
    [InlineData("fuzzy_sets.osc_state.hot", "{\"parameters\": [1, 2, 3]}")]
    [InlineData("training.epochs", "60.0")]
    [InlineData("indicators.osc.k_period", "21.0")]
    [InlineData("decisions.filters.min_signal_separation", "\"100000 bars\"")]
    [InlineData("decisions.filters.min_signal_separation", "\"0.50 hours\"")]
    public void Schema_WhatTheReaderAccepts_IsValid(string path, string value)
    {
        var document = With(path, value);

        Assert.Empty(StrategyReader.Read(document.ToJsonString()).Errors);
        Assert.Empty(SchemaCheck.Of(Schema, document));
    }

    [Fact]
    public void Schema_KnowsEveryKeyAndEveryIndicator()
    {
        var text = Schema.ToJsonString();
        foreach (var document in FullDocuments.Strategies)
        {
            foreach (Match key in Regex.Matches(document, @"(?<=[\s{,])([a-z_]+):"))
            {
                var name = key.Groups[1].Value;
                var chosen = StrategyReader.Parse(document) is var read && (read.Indicators.Any(i => i.Id == name) || read.FuzzySets.Any(s => s.Id == name || s.Memberships.Any(m => m.Name == name)));
                Assert.True(chosen || text.Contains($"\"{name}\":", StringComparison.Ordinal), name);
            }
        }

        var indicators = Schema["properties"]!["indicators"]!.ToJsonString();
        foreach (var type in IndicatorCatalog.All)
        {
            Assert.Equal(!type.Repaints, indicators.Contains($"\"{type.Name}\"", StringComparison.Ordinal));
            Assert.All(type.Repaints ? [] : type.Parameters, p => Assert.Contains($"\"{p.Name}\":", text, StringComparison.Ordinal));
        }

        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)Schema["$schema"]);
    }

    [Fact]
    public void Schema_EveryKey_SaysWhatItMeans() => Assert.Empty(Undescribed("", Schema));

    private static IEnumerable<string> Undescribed(string path, JsonNode? node)
    {
        if (node is not JsonObject schema)
        {
            yield break;
        }

        foreach (var (name, value) in schema["properties"] as JsonObject ?? [])
        {
            if (string.IsNullOrWhiteSpace((string?)value?["description"]) && name != "type")
            {
                yield return $"{path}.{name}";
            }

            foreach (var missing in Undescribed($"{path}.{name}", value))
            {
                yield return missing;
            }
        }
    }

    private static JsonObject With(string path, string value)
    {
        var document = (JsonObject)JsonNode.Parse(StrategyWriter.Canonical(StrategyReader.Parse(FullDocuments.Recurrent)))!;
        document["name"] ??= "full";
        var keys = path.Split('.');
        var at = document;
        foreach (var key in keys[..^1])
        {
            at = (JsonObject)at[key]!;
        }

        at[keys[^1]] = JsonNode.Parse(value);
        return document;
    }

    private static IReadOnlyList<string> Problems(string yaml) => SchemaCheck.Of(Schema, YamlJson.Of(yaml));
}
