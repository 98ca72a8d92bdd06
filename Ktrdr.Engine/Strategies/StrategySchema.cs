using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>JSON Schema (draft 2020-12) of the documents, generated from the declarations that the readers use and from the catalogs of indicators and memberships.</summary>
public static class StrategySchema
{
    private const string Draft = "https://json-schema.org/draft/2020-12/schema";

    /// <summary>The schema of a strategy document. It knows every key, type and range, and which keys go together; references between the parts of a document and sums only the reader checks.</summary>
    public static JsonObject Create() => Document(
        RootReader.Shape, "KTRDR strategy", "A strategy in grammar v3: indicators compute, fuzzy_sets say what the numbers mean, nn_inputs say what the network sees.");

    /// <summary>The schema of an ensemble document.</summary>
    public static JsonObject CreateEnsemble() => Document(EnsembleReader.Shape, "KTRDR ensemble", "Models that decide together: one tells the regime and routes to the others.");

    private static JsonObject Document(Shape shape, string title, string description)
    {
        var schema = new JsonObject { ["$schema"] = Draft, ["title"] = title, ["description"] = description };
        foreach (var (name, value) in shape.ToSchema().ToArray())
        {
            schema[name] = value?.DeepClone();
        }

        return schema;
    }
}
