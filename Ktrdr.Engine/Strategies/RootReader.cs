using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads a strategy document from its root on.</summary>
internal static class RootReader
{
    private const string NameAllowed = "letters, digits, '_', '-' and '.', at most 100, beginning with a letter or digit (it names folders)";
    private const string VersionAllowed = "\"3.0\", \"3.1\"";

    internal static readonly TextKey Name = new("name", "Names the strategy and the folders of its models.", NameAllowed) { Required = true, Pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$" };
    internal static readonly FreeKey Description = new("description", "text", () => Schemas.Text(), "What the strategy is about.") { MayBeEmpty = true };
    private static readonly FreeKey Version = new("version", VersionAllowed, () => new() { ["enum"] = new JsonArray("3.0", "3.1", 3.0, 3.1) }, "The grammar: 3.0, or 3.1 where its additions are used; 3.0 unless given.");
    private static readonly FreeKey Scope = new("scope", "anything", () => [], "") { NoEffect = "it is a leftover of grammar v2", MayBeEmpty = true };
    private static readonly FreeKey Backtest = new("backtest", "anything", () => [], "") { NoEffect = "the dates of a backtest are given with the request", MayBeEmpty = true };

    public static readonly Shape Shape = new(
        Name, Description, Version, TrainingDataReader.Key, ContextDataReader.Key, DeploymentReader.Key, IndicatorsReader.Key, FuzzySetsReader.Key, InputsReader.Key, ModelReader.Key, DecisionsReader.Key,
        TrainingReader.Key, AccountReader.Costs, AccountReader.Sizing, AccountReader.Exits, ValidationReader.Key, ValidationReader.Seed, ValidationReader.Seeds, Scope, Backtest)
    {
        Rules =
        [
            () => Schemas.NotBoth(ValidationReader.Seed, ValidationReader.Seeds),
            AccountReader.RiskNeedsStop,
            .. DecisionsReader.FormatRules,
            () => Schemas.When(new() { ["not"] = new JsonObject { ["properties"] = new JsonObject { [Version!.Name] = new JsonObject { ["enum"] = new JsonArray("3.1", 3.1) } }, ["required"] = new JsonArray(Version.Name) } }, Shape!.WithoutAdditions()!),
        ],
    };

    public static StrategyDocument? Read(MappingNode node, ReadingContext context)
    {
        if (EnsembleReader.IsEnsemble(node))
        {
            context.Report(
                node.Line, "wrong_document", "", "This is an ensemble document (it has models and composition); allowed: a strategy, with training_data, indicators, nn_inputs, model, decisions and training.", allowed: "a strategy document");
            return null;
        }

        if (IsOlderGrammar(node, context))
        {
            return null;
        }

        var root = new Section(node, "", context, Shape);
        var version = ReadVersion(root);
        context.Version = version;
        var name = ReadName(root);
        var description = root.Text(Description);
        var data = TrainingDataReader.Read(root);
        var contextData = ContextDataReader.Read(root, out var sources, out var sourcesComplete);
        var indicators = IndicatorsReader.Read(root, sources, sourcesComplete);
        var fuzzySets = FuzzySetsReader.Read(root, indicators);
        var model = ModelReader.Read(root, out var modelTraining);
        var inputs = InputsReader.Read(root, data, indicators, fuzzySets);
        var decisions = DecisionsReader.Read(root, out var formatKnown);
        var training = TrainingReader.Read(root, modelTraining, decisions.OutputFormat, formatKnown);
        var exits = AccountReader.ReadExits(root);
        var document = new StrategyDocument
        {
            Name = name ?? "",
            Description = description,
            Version = version,
            TrainingData = data ?? new TrainingDataSpec("", [], ""),
            ContextData = contextData,
            Indicators = indicators,
            FuzzySets = fuzzySets,
            Inputs = inputs,
            Model = model,
            Decisions = decisions,
            Training = training ?? new TrainingSpec { Labels = new LabelSpec { Source = LabelSource.Zigzag } },
            Deployment = DeploymentReader.Read(root),
            Costs = AccountReader.ReadCosts(root),
            Sizing = AccountReader.ReadSizing(root, exits),
            Exits = exits,
            Validation = ValidationReader.Read(root),
            Seeds = ValidationReader.ReadSeeds(root),
        };
        if (context.HasErrors)
        {
            return null;
        }

        UnusedParts.Report(root, document);
        DeploymentReader.ReportTrainedOn(root, document);
        return document;
    }

    internal static string? ReadName(Section root)
    {
        root.Require(Name, NameAllowed);
        if (root.Text(Name) is not { } name)
        {
            return null;
        }

        if (name.Length <= 100 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
        {
            return name;
        }

        root.OutOfRange(Name, ScalarNode.Of(name).At(root.LineOf(Name)));
        return null;
    }

    /// <summary>A wrong version is one problem, whatever else the document uses.</summary>
    private static string ReadVersion(Section root)
    {
        switch (root.Take(Version))
        {
            case null:
                return root.Has(Version) ? "3.1" : "3.0";
            case ScalarNode { Text: "3.0" or "3.1" } scalar:
                return scalar.Text;
            case ScalarNode { Kind: ScalarKind.Integer or ScalarKind.Number } scalar when scalar.AsNumber() is 3.0 or 3.1:
                // Programs write the number 3.0 as 3.
                return scalar.AsNumber() == 3.0 ? "3.0" : "3.1";
            case ScalarNode scalar:
                root.Context.Report(
                    scalar.Line, "unsupported_version", root.PathOf(Version),
                    $"version is {ReadingContext.Show(scalar.Text)}; allowed: {VersionAllowed}. Grammars v1 and v2 are not read and cannot be migrated: write indicators as a mapping and say in nn_inputs what the network sees.",
                    ReadingContext.Shorten(scalar.Text), VersionAllowed);
                return "3.1";
            case var other:
                root.WrongType(Version, other);
                return "3.1";
        }
    }

    /// <summary>Grammar v3 is recognised by <c>indicators</c> being a mapping and <c>nn_inputs</c> being there; a list of indicators is an older grammar, in which nothing else would fit either.</summary>
    internal static bool IsOlderGrammar(MappingNode node, ReadingContext context)
    {
        if (node.Find("indicators") is not SequenceNode list)
        {
            return false;
        }

        context.Report(
            list.Line, "unsupported_version", "indicators",
            "indicators is a list, as in grammar v1 and v2; allowed: grammar v3, a mapping such as rsi_14: {type: rsi, period: 14}, with nn_inputs saying what the network sees.",
            allowed: "a mapping of id to {type, parameters}");
        return true;
    }
}
