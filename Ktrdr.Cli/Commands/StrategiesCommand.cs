using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts.Strategies;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class StrategiesCommand
{
    public static Command Create() => new("strategies", "Strategy documents")
    {
        List(), Show(), Validate(), Save(), StrategyDocumentCommands.Schema(), StrategyDocumentCommands.Migrate(), StrategyDocumentCommands.Diff(), StrategyDocumentCommands.Features(),
    };

    private static Command List()
    {
        var limit = OptionValues.Limit();
        var after = new Option<string?>("--after") { Description = "Go on after this name" };
        var command = new Command("list", "Stored strategies, latest versions") { limit, after };
        command.WithPage((parsed, api, cancellationToken) => api.ListStrategiesAsync(parsed.GetValue(after), parsed.GetValue(limit), cancellationToken), Render);
        return command;
    }

    private static Command Show()
    {
        var name = new Argument<string>("strategy") { Description = "Name or hash" };
        var version = new Option<int?>("--version") { Description = "Version (else the latest)" };
        var command = new Command("show", "A stored document") { name, version };
        command.WithAnswer(
            (parsed, api, cancellationToken) => api.GetStrategyAsync(parsed.GetRequiredValue(name), parsed.GetValue(version), cancellationToken),
            (console, stored) => console.WriteLine(stored.Document.TrimEnd()));
        return command;
    }

    private static Command Validate()
    {
        var path = new Argument<string>("path") { Description = "The document, YAML or JSON; with --lookahead also a stored strategy" };
        var lenient = new Option<bool>("--lenient") { Description = "Unknown keys are warnings" };
        var command = new Command("validate", "Check a document: every mistake at once") { path, lenient };
        var lookahead = new LookaheadCheck();
        lookahead.AddTo(command);
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var document = lookahead.IsWanted(parsed)
                ? await StrategySource.DocumentAsync(api, parsed.GetRequiredValue(path), cancellationToken).ConfigureAwait(false)
                : await StrategySource.ReadAsync(parsed.GetRequiredValue(path), cancellationToken).ConfigureAwait(false);
            var report = await api.ValidateStrategyAsync(new StrategyDocumentRequest(document) { Lenient = parsed.GetValue(lenient) }, cancellationToken).ConfigureAwait(false);
            if (report.Valid && lookahead.IsWanted(parsed))
            {
                return report.Kind == "ensemble"
                    ? throw new UsageException("--lookahead checks one strategy; check the strategies of the ensemble's models one by one.")
                    : await lookahead.RunAsync(parsed, api, output, document, cancellationToken).ConfigureAwait(false);
            }

            output.Answer(report, console => Render(console, parsed.GetRequiredValue(path), report));
            return report.Valid ? ExitCodes.Success : ExitCodes.BadInput;
        });
        return command;
    }

    private static void Render(IAnsiConsole console, IReadOnlyList<StrategySummary> strategies)
    {
        var table = Words.Table("strategy", ">version", "hash", "author", "created (UTC)", "description");
        foreach (var row in strategies)
        {
            table.AddRow(Markup.Escape(row.Name), Words.Count(row.Version), Words.Hash(row.Hash), Markup.Escape(row.Author), Words.Time(row.CreatedAt), Markup.Escape(row.Description ?? ""));
        }

        console.Write(table);
    }

    private static void Render(IAnsiConsole console, string path, ValidationReport report)
    {
        StrategyDocumentCommands.Render(console, path, report.Problems);
        console.WriteLine(report switch
        {
            { Valid: false } => $"{Words.Counted(report.Problems.Count(problem => problem.Severity == "error"), "error")}.",
            { Kind: "ensemble" } => $"{report.Name} is a valid ensemble, hash {Words.Hash(report.Hash)}.",
            _ => $"{report.Name} is valid: {Words.Counted(report.Features.Count, "feature")}, hash {Words.Hash(report.Hash)}.",
        });
    }

    private static Command Save()
    {
        var path = new Argument<string>("path") { Description = "The document, YAML or JSON" };
        var command = new Command("save", "Store a document as the next version of its name") { path };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var document = await StrategySource.ReadAsync(parsed.GetRequiredValue(path), cancellationToken).ConfigureAwait(false);
            var stored = await api.SaveStrategyAsync(new StrategyDocumentRequest(document), cancellationToken).ConfigureAwait(false);
            output.Answer(stored, console => console.WriteLine(
                $"{stored.Name} version {stored.Version}, hash {Words.Hash(stored.Hash)}."
                + (stored.KnownInsteadOf is { } sent ? $" It does what {sent} would do, which is not stored: a name changes no strategy." : "")));
            return ExitCodes.Success;
        });
        return command;
    }
}
