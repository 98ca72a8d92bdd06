using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Strategies;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

/// <summary>Commands about documents: their schema, their differences, their features, and bringing old ones to the present grammar.</summary>
internal static class StrategyDocumentCommands
{
    private static readonly JsonSerializerOptions Pretty = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Schema()
    {
        var file = Out("Write it to this file");
        var ensemble = new Option<bool>("--ensemble") { Description = "The schema of ensembles instead" };
        var command = new Command("schema", "JSON Schema of the documents, for editors and agents") { file, ensemble };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var schema = await api.GetStrategySchemaAsync(parsed.GetValue(ensemble) ? "ensemble" : null, cancellationToken).ConfigureAwait(false);
            var text = JsonSerializer.Serialize(schema, Pretty);
            if (parsed.GetValue(file) is { } path)
            {
                await File.WriteAllTextAsync(path, text + "\n", cancellationToken).ConfigureAwait(false);
                output.Note($"The schema is in {path}.");
            }
            else
            {
                Console.Out.WriteLine(text);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    public static Command Migrate()
    {
        var path = new Argument<string>("path") { Description = "The document, YAML or JSON" };
        var file = Out("Write the new document to this file (else to stdout)");
        var command = new Command("migrate", "Bring a document to the present grammar: wrong keys are mended, dead ones go, comments stay") { path, file };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var source = parsed.GetRequiredValue(path);
            var document = await StrategySource.ReadAsync(source, cancellationToken).ConfigureAwait(false);
            var migrated = await api.MigrateStrategyAsync(new StrategyDocumentRequest(document), cancellationToken).ConfigureAwait(false);
            foreach (var change in migrated.Changes)
            {
                output.Note($"{source}:{change.Line} {change.Path}: {change.What}");
            }

            Render(output.Notes, source, migrated.Problems);
            if (migrated.Document is { } text && parsed.GetValue(file) is { } target)
            {
                await File.WriteAllTextAsync(target, text, cancellationToken).ConfigureAwait(false);
                output.Note($"{Words.Counted(migrated.Changes.Count, "change")}, written to {target}.");
            }

            if (output.Json || (migrated.Document is not null && parsed.GetValue(file) is null))
            {
                output.Answer(migrated, _ => Console.Out.Write(migrated.Document));
            }

            return migrated.Document is null ? ExitCodes.BadInput : ExitCodes.Success;
        });
        return command;
    }

    public static Command Diff()
    {
        var before = new Argument<string>("before") { Description = "A document's path, or a stored name, name@version or hash" };
        var after = new Argument<string>("after") { Description = "The same" };
        var command = new Command("diff", "What two documents do differently, with every default filled in") { before, after };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var request = new StrategyDiffRequest(
                await StrategySource.DocumentAsync(api, parsed.GetRequiredValue(before), cancellationToken).ConfigureAwait(false),
                await StrategySource.DocumentAsync(api, parsed.GetRequiredValue(after), cancellationToken).ConfigureAwait(false));
            var differences = await api.DiffDocumentsAsync(request, cancellationToken).ConfigureAwait(false);
            output.Answer(differences, console =>
            {
                if (differences.Differences.Count > 0)
                {
                    var table = Words.Table("path", "before", "after");
                    foreach (var difference in differences.Differences)
                    {
                        table.AddRow(Markup.Escape(difference.Path), Markup.Escape(difference.Before ?? "-"), Markup.Escape(difference.After ?? "-"));
                    }

                    console.Write(table);
                }

                console.WriteLine(differences.Same ? $"Both do the same, hash {Words.Hash(differences.AfterHash)}." : $"{Words.Counted(differences.Differences.Count, "difference")}: {Words.Hash(differences.BeforeHash)} and {Words.Hash(differences.AfterHash)}.");
            });
            return ExitCodes.Success;
        });
        return command;
    }

    public static Command Features()
    {
        var strategy = new Argument<string>("strategy") { Description = "A document's path, or a stored name, name@version or hash" };
        var command = new Command("features", "What the network sees, in order") { strategy };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var source = parsed.GetRequiredValue(strategy);
            var features = StrategySource.LooksLikeFile(source) ? null : await StoredAsync(source).ConfigureAwait(false);
            if (features is null)
            {
                var document = await StrategySource.ReadAsync(source, cancellationToken).ConfigureAwait(false);
                var report = await api.ValidateStrategyAsync(new StrategyDocumentRequest(document), cancellationToken).ConfigureAwait(false);
                if (!report.Valid)
                {
                    Render(output.Notes, source, report.Problems);
                    return ExitCodes.BadInput;
                }

                features = report.Features;
            }

            output.Answer(features, console =>
            {
                foreach (var feature in features)
                {
                    console.WriteLine(feature);
                }
            });
            return ExitCodes.Success;

            async Task<IReadOnlyList<string>> StoredAsync(string reference)
            {
                var (name, version) = StrategySource.Split(reference);
                return await api.GetStrategyFeaturesAsync(name, version, cancellationToken).ConfigureAwait(false);
            }
        });
        return command;
    }

    /// <summary>One line per problem, as compilers write them.</summary>
    public static void Render(IAnsiConsole console, string path, IReadOnlyList<DocumentProblem> problems)
    {
        foreach (var problem in problems)
        {
            var colour = problem.Severity == "error" ? "red" : "yellow";
            console.MarkupLine($"[{colour}]{problem.Severity}[/] {Markup.Escape($"{path}{(problem.Line is { } line ? $":{line}" : "")} {problem.Path}: {problem.Message}")}");
        }
    }

    private static Option<string?> Out(string description) => new("--out", "-o") { Description = description };
}
