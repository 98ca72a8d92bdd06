namespace Ktrdr.Engine.Strategies;

/// <summary>One thing that a migration changed.</summary>
/// <param name="Path">In the text before.</param>
/// <param name="Line">In the text before, from 1.</param>
/// <param name="What">What was done and why, one line.</param>
public sealed record MigrationChange(string Path, int Line, string What);

/// <summary>What a migration gave.</summary>
/// <param name="Text">The new text, which reads without errors; null where it cannot.</param>
/// <param name="Changes">In the order they were made; none where nothing was to be done.</param>
/// <param name="Problems">Errors that stand in the way, and warnings that remain.</param>
public sealed record MigrationResult(string? Text, IReadOnlyList<MigrationChange> Changes, IReadOnlyList<Problem> Problems);

/// <summary>
/// Brings documents of grammar 3.0 to 3.1: keys that the original drops because they are called otherwise get their right names, keys that never had an effect go, training settings move from
/// <c>model.training</c> to <c>training</c>. Everything else of the text stays as it is, comments and order included.
/// </summary>
public static class StrategyMigration
{
    private const int MostPasses = 4;

    /// <param name="text">A strategy in grammar 3.0 or 3.1, YAML or JSON.</param>
    public static MigrationResult Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var current = text.ReplaceLineEndings("\n");
        var changes = new List<MigrationChange>();
        for (var pass = 0; pass < MostPasses; pass++)
        {
            var problems = new List<Problem>();
            if (DocumentParser.Parse(current, problems) is not { } node || problems.Count > 0)
            {
                return new MigrationResult(null, changes, problems);
            }

            var context = new ReadingContext(problems, lenient: false);
            RootReader.Read(node, context);
            if (problems.Exists(p => p.Code is "unsupported_version" or "wrong_document"))
            {
                return new MigrationResult(null, changes, problems.Where(p => p.Code is "unsupported_version" or "wrong_document").ToArray());
            }

            var edits = new TextEdits(current, MarkedDocument.Parse(current));
            var before = changes.Count;
            Mend(edits, problems, context, changes);
            SetVersion(edits, node, changes);
            if (changes.Count == before)
            {
                break;
            }

            current = edits.Apply();
        }

        // What one pass had to leave to the next is still one change, at its line in the text as it was.
        var reading = StrategyReader.Read(current);
        return new MigrationResult(reading.Document is null ? null : current.ReplaceLineEndings(lines), changes.DistinctBy(c => (c.Path, c.What)).ToArray(), reading.Problems);
    }

    private static void Mend(TextEdits edits, List<Problem> problems, ReadingContext context, List<MigrationChange> changes)
    {
        foreach (var problem in problems)
        {
            var line = problem.Line ?? 1;
            switch (problem.Code)
            {
                case "wrong_key" when problem.Suggestion is { } right:
                    var sibling = problem.Path[..(problem.Path.LastIndexOf('.') + 1)] + right;
                    if (edits.Has(sibling))
                    {
                        edits.Remove(problem.Path);
                        changes.Add(new MigrationChange(problem.Path, line, $"removed: the original ignores it, and {right} is there"));
                        break;
                    }

                    edits.Rename(problem.Path, right);
                    changes.Add(new MigrationChange(problem.Path, line, $"renamed to {right}: the original ignores it and takes its default instead"));
                    if (right == "bb_period" && !edits.Has(problem.Path[..(problem.Path.LastIndexOf('.') + 1)] + "kc_period"))
                    {
                        edits.Repeat(problem.Path, "kc_period");
                        changes.Add(new MigrationChange(problem.Path, line, "kc_period added: one period was meant for both channels"));
                    }

                    break;
                case "no_effect" when context.Dead.Contains(problem.Path):
                    // Nothing under model.features has an effect, so it goes as a whole.
                    if (edits.Remove(problem.Path.StartsWith("model.features.", StringComparison.Ordinal) ? "model.features" : problem.Path))
                    {
                        changes.Add(new MigrationChange(problem.Path, line, "removed: it never had an effect"));
                    }

                    break;
                case "moved_key":
                    if (edits.Move(problem.Path, "training"))
                    {
                        changes.Add(new MigrationChange(problem.Path, line, "moved to training, where it has an effect"));
                    }

                    break;
            }
        }
    }

    private static void SetVersion(TextEdits edits, MappingNode node, List<MigrationChange> changes)
    {
        switch (node.Find("version"))
        {
            case ScalarNode { Text: "3.1" }:
                break;
            case null:
                edits.AddFirst("version", "\"3.1\"", after: "name");
                changes.Add(new MigrationChange("version", 1, "added: \"3.1\""));
                break;
            case var other:
                edits.SetValue("version", "\"3.1\"");
                changes.Add(new MigrationChange("version", other.Line, "set to \"3.1\""));
                break;
        }
    }
}
