using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>What reading a document gave.</summary>
/// <param name="Document">Null where there is any error.</param>
/// <param name="Problems">Errors and warnings in document order.</param>
public sealed record StrategyReading(StrategyDocument? Document, IReadOnlyList<Problem> Problems)
{
    public IEnumerable<Problem> Errors => Problems.Where(p => p.Severity == ProblemSeverity.Error);

    public IEnumerable<Problem> Warnings => Problems.Where(p => p.Severity == ProblemSeverity.Warning);
}

/// <summary>
/// Reads strategy documents in grammar v3, from YAML or JSON, strictly: what is not known, not allowed or not implemented is a problem with its path, line and
/// value, what is allowed, and the nearest known name. All problems of a document are found in one pass.
/// </summary>
public static class StrategyReader
{
    /// <summary>Reads and checks a document.</summary>
    /// <param name="text">YAML or JSON, at most 1 MB.</param>
    /// <param name="lenient">Unknown keys become warnings and are ignored; everything else stays an error.</param>
    public static StrategyReading Read(string text, bool lenient = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var problems = new List<Problem>();
        var root = DocumentParser.Parse(text, problems);
        if (root is null)
        {
            return new StrategyReading(null, problems);
        }

        var context = new ReadingContext(problems, lenient);
        var document = ReadDocument(new Section(root, "", context));
        var ordered = problems.Select((problem, index) => (problem, index)).OrderBy(p => p.problem.Line ?? 0).ThenBy(p => p.index).Select(p => p.problem).ToArray();
        return new StrategyReading(context.HasErrors ? null : document, ordered);
    }

    /// <summary>Reads a document that must be right.</summary>
    /// <exception cref="InvalidInputException">There are errors; it carries all of them.</exception>
    public static StrategyDocument Parse(string text, bool lenient = false)
    {
        var reading = Read(text, lenient);
        return reading.Document ?? throw new InvalidInputException(reading.Errors.ToArray());
    }

    private static StrategyDocument? ReadDocument(Section root)
    {
        var context = root.Context;
        var name = ReadName(root);
        var description = root.Text("description");
        var version = ReadVersion(root);
        if (IsOlderGrammar(root))
        {
            return null;
        }

        var data = TrainingDataReader.Read(root);
        var indicators = IndicatorsReader.Read(root);
        var indicatorIds = indicators.Select(i => i.Id).ToArray();
        var fuzzySets = FuzzySetsReader.Read(root, indicators);
        var inputs = InputsReader.Read(root, data, indicators, fuzzySets);
        var model = ModelReader.Read(root, out var modelTraining);
        var decisions = DecisionsReader.Read(root);
        var training = TrainingReader.Read(root, modelTraining, decisions.OutputFormat);
        var deployment = DeploymentReader.Read(root);
        var costs = AdditionsReader.ReadCosts(root, version);
        var sizing = AdditionsReader.ReadSizing(root, version);
        var seed = AdditionsReader.ReadSeed(root, version);

        root.NoEffect("scope", "it is a leftover of grammar v2");
        if (root.Has("backtest"))
        {
            root.NoEffect("backtest", "the dates of a backtest are given with the request");
        }

        root.NotImplemented("context_data", "available: indicators on the strategy's own bars");
        root.NotImplemented("exits", "available: the exit signal of the model");
        root.NotImplemented("validation", "available: one purged hold-out, training.data_split");
        foreach (var key in (ReadOnlySpan<string>)["models", "composition"])
        {
            root.NotImplemented(key, "available: single-model strategies, no ensembles");
        }

        root.Close();
        ReportUnused(root, indicatorIds, fuzzySets, inputs);
        if (context.HasErrors || data is null || training is null || name is null)
        {
            return null;
        }

        return new StrategyDocument
        {
            Name = name,
            Description = description,
            Version = version,
            TrainingData = data,
            Indicators = indicators,
            FuzzySets = fuzzySets,
            Inputs = inputs,
            Model = model,
            Decisions = decisions,
            Training = training,
            Deployment = deployment,
            Costs = costs,
            Sizing = sizing,
            Seeds = seed is { } given ? [given] : [],
        };
    }

    private static string? ReadName(Section root)
    {
        if (!root.Has("name"))
        {
            root.Require("name", "letters, digits, '_', '-' and '.', at most 100");
            return null;
        }

        var name = root.Text("name");
        if (name is not null && (name.Length > 100 || !char.IsAsciiLetterOrDigit(name[0]) || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.'))))
        {
            const string allowed = "letters, digits, '_', '-' and '.', at most 100, beginning with a letter or digit (it names folders)";
            root.Context.Report(root.LineOf("name"), "out_of_range", "name", $"name is {ReadingContext.Shorten(name)}; allowed: {allowed}.", ReadingContext.Shorten(name), allowed);
            return null;
        }

        return name;
    }

    /// <summary>A wrong version is one problem, whatever else the document uses.</summary>
    private static string ReadVersion(Section root)
    {
        const string allowed = "\"3.0\", \"3.1\"";
        switch (root.Take("version"))
        {
            case null:
                return "3.0";
            case ScalarNode { Text: "3.0" or "3.1" } scalar:
                return scalar.Text;
            case ScalarNode scalar:
                root.Context.Report(
                    scalar.Line, "unsupported_version", "version",
                    $"version is {ReadingContext.Shorten(scalar.Text)}; allowed: {allowed}. Older grammars are not read: write indicators as a mapping and say in nn_inputs what the network sees.",
                    scalar.Text, allowed);
                return "3.1";
            case var other:
                root.WrongType("version", other, allowed);
                return "3.1";
        }
    }

    /// <summary>Grammar v3 is recognised by <c>indicators</c> being a mapping and <c>nn_inputs</c> being there; a list of indicators is an older grammar, in which nothing else would fit either.</summary>
    private static bool IsOlderGrammar(Section root)
    {
        if (root.Take("indicators") is not SequenceNode list)
        {
            return false;
        }

        root.Context.Report(
            list.Line, "unsupported_version", "indicators",
            "indicators is a list, as in grammar v1 and v2; allowed: grammar v3, a mapping such as rsi_14: {type: rsi, period: 14}, with nn_inputs saying what the network sees.",
            allowed: "a mapping of id to {type, parameters}");
        return true;
    }

    private static void ReportUnused(Section root, IReadOnlyList<string> indicatorIds, IReadOnlyList<FuzzySetSpec> fuzzySets, IReadOnlyList<NnInput> inputs)
    {
        if (root.Context.HasErrors)
        {
            return;
        }

        var usedSets = inputs.Where(i => i.FuzzySet is not null).Select(i => i.FuzzySet!).ToHashSet(StringComparer.Ordinal);
        var usedIndicators = inputs.Where(i => i.RawIndicator is not null).Select(i => i.RawIndicator!.Id)
            .Concat(fuzzySets.Where(s => usedSets.Contains(s.Id)).Select(s => s.Indicator.Id)).ToHashSet(StringComparer.Ordinal);
        var sets = root.Child("fuzzy_sets");
        foreach (var set in fuzzySets.Where(s => !usedSets.Contains(s.Id)))
        {
            root.Context.Warn(sets!.LineOf(set.Id), "unused_fuzzy_set", $"fuzzy_sets.{set.Id}", $"fuzzy_sets.{set.Id} is not used by any entry of nn_inputs.");
        }

        var indicators = root.Child("indicators");
        foreach (var id in indicatorIds.Where(id => !usedIndicators.Contains(id)))
        {
            root.Context.Warn(indicators!.LineOf(id), "unused_indicator", $"indicators.{id}", $"indicators.{id} is not used: no entry of nn_inputs sees it, alone or through a fuzzy set.");
        }
    }
}
