using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class OperationsCommand
{
    public static Command Create()
    {
        var command = new Command("operations", "Operations: running, waiting and finished") { Aliases = { "ops" } };
        command.Add(List());
        command.Add(Show());
        command.Add(Change("cancel", "Cancel an operation", (api, id, ct) => api.CancelOperationAsync(id, "cancelled from the command line", ct)));
        command.Add(Change("resume", "Go on from the last checkpoint", (api, id, ct) => api.ResumeOperationAsync(id, ct)));
        command.Add(Change("retry", "Start again from zero", (api, id, ct) => api.RetryOperationAsync(id, ct)));
        command.Add(Reproduce());
        command.Add(Trace());
        return command;
    }

    public static void Render(IAnsiConsole console, IReadOnlyList<Operation> operations)
    {
        if (operations.Count == 0)
        {
            console.WriteLine("No operations.");
            return;
        }

        var table = Words.Table("operation", "type", "status", ">%", "step", ">attempt", "worker", "created (UTC)");
        foreach (var operation in operations)
        {
            table.AddRow(
                operation.Id,
                operation.Type,
                Words.State(KtrdrJson.Word(operation.Status)),
                operation.Status == OperationStatus.Succeeded ? "100" : Words.Number(operation.Progress?.Percent, "0"),
                Markup.Escape(operation.Failure?.Message ?? (operation.IsFinished ? "" : operation.WaitingFor ?? operation.Progress?.Step ?? "")),
                Words.Count(operation.Attempt),
                Markup.Escape(operation.WorkerId ?? ""),
                Words.Time(operation.CreatedAt));
        }

        console.Write(table);
    }

    public static void RenderOne(IAnsiConsole console, Operation operation)
    {
        Render(console, [operation]);
        if (operation.EngineBuild is { } build)
        {
            console.MarkupLineInterpolated($"[grey]engine build {build}[/]");
        }

        if (operation.BeganAnew is { } anew)
        {
            console.MarkupLineInterpolated($"[grey]{anew}[/]");
        }

        if (operation.TraceId is { } trace)
        {
            console.MarkupLineInterpolated($"[grey]trace {trace}; request {operation.Request.GetRawText()}[/]");
        }
    }

    private static Command List()
    {
        var status = new Option<string?>("--status", "-s") { Description = "queued, dispatched, running, lost, cancelling, succeeded, failed or cancelled" };
        var type = new Option<string?>("--type") { Description = string.Join(", ", OperationTypes.All) };
        var campaign = new Option<string?>("--campaign") { Description = "One campaign only" };
        var limit = OptionValues.Limit();
        var after = new Option<string?>("--after") { Description = "Go on after this operation: the id under the last page" };
        var command = new Command("list", "The newest operations first") { status, type, campaign, limit, after };
        command.WithPage(
            (parsed, api, cancellationToken) => api.ListOperationsAsync(
                parsed.GetValue(status), parsed.GetValue(type), parsed.GetValue(campaign), after: parsed.GetValue(after), limit: parsed.GetValue(limit), cancellationToken: cancellationToken),
            Render);
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<string>("operation");
        var command = new Command("show", "One operation with its history") { id };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var operation = await api.GetOperationAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
            var events = await api.GetOperationEventsAsync(operation.Id, cancellationToken).ConfigureAwait(false);
            output.Answer(new { operation, events }, console =>
            {
                RenderOne(console, operation);
                var table = Words.Table("at (UTC)", "event", "from", "to", ">attempt", "worker", "note");
                foreach (var row in events)
                {
                    table.AddRow(
                        Words.Time(row.At), Markup.Escape(row.Event), row.From is { } from ? KtrdrJson.Word(from) : "", KtrdrJson.Word(row.To), Words.Count(row.Attempt), Markup.Escape(row.WorkerId ?? ""), Markup.Escape(row.Note ?? ""));
                }

                console.Write(table);
            });
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Change(string name, string description, Func<IKtrdrApi, string, CancellationToken, Task<Operation>> change)
    {
        var id = new Argument<string>("operation");
        var command = new Command(name, description) { id };
        command.WithAnswer(
            (parsed, api, cancellationToken) => change(api, parsed.GetRequiredValue(id), cancellationToken),
            (console, operation) => console.WriteLine($"{operation.Id} is {KtrdrJson.Word(operation.Status)}."));
        return command;
    }

    private static Command Reproduce()
    {
        var id = new Argument<string>("operation") { Description = "A training, a backtest or a part of a sweep that has succeeded" };
        var follow = OptionValues.Follow();
        var command = new Command("reproduce", "Run a finished operation again from the same inputs and compare the results bit by bit") { id, follow };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var accepted = await api.ReproduceOperationAsync(parsed.GetRequiredValue(id), cancellationToken: cancellationToken).ConfigureAwait(false);
            var isEqual = true;
            var code = await StartedOperation.ShowAsync(api, output, accepted, parsed.GetValue(follow), RenderReproduction, cancellationToken, operation =>
                isEqual = KtrdrJson.Read<Reproduction>(operation.Result!.Value).IsEqual).ConfigureAwait(false);
            return isEqual ? code : ExitCodes.Failed;
        });
        return command;
    }

    private static void RenderReproduction(IAnsiConsole console, Operation operation)
    {
        var result = KtrdrJson.Read<Reproduction>(operation.Result!.Value);
        if (result.IsEqual)
        {
            console.MarkupLineInterpolated($"[green]Equal[/]: {result.Reproduces} gives the same bits again, {result.ResultHash} ({result.Summary}).");
            return;
        }

        console.MarkupLineInterpolated($"[red]Not equal[/]: {result.Reproduces} gave {result.ExpectedHash}, this run {result.ResultHash} ({result.Summary}).");
        var table = Words.Table("where", "first", "again");
        foreach (var difference in result.Differences)
        {
            table.AddRow(Markup.Escape(difference.Path), Markup.Escape(difference.First ?? Words.Undefined), Markup.Escape(difference.Again ?? Words.Undefined));
        }

        console.Write(table);
    }

    private static Command Trace()
    {
        var id = new Argument<string>("operation");
        var command = new Command("trace", "Where the time of an operation went, across all services") { id };
        command.WithAnswer(
            (parsed, api, cancellationToken) => api.GetOperationTraceAsync(parsed.GetRequiredValue(id), cancellationToken),
            (console, spans) =>
            {
                var origin = spans.Count > 0 ? spans.Min(span => span.StartedAt) : default;
                var table = Words.Table(">at ms", ">took ms", "service", "span", "status");
                foreach (var span in spans.OrderBy(span => span.StartedAt))
                {
                    table.AddRow(
                        Words.Number((span.StartedAt - origin).TotalMilliseconds, "0.0"), Words.Number(span.Milliseconds, "0.0"), Markup.Escape(span.Service), new string(' ', 2 * Depth(span, spans)) + Markup.Escape(span.Name), Markup.Escape(span.Status ?? ""));
                }

                console.Write(table);
            });
        return command;
    }

    private static int Depth(TraceSpan span, IReadOnlyList<TraceSpan> all)
    {
        var depth = 0;
        for (var parent = span.ParentSpanId; parent is not null && depth < 20; depth++)
        {
            if (all.FirstOrDefault(candidate => candidate.SpanId == parent) is not { } found)
            {
                break;
            }

            parent = found.ParentSpanId;
        }

        return depth;
    }
}
