using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Workers;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class StatusCommand
{
    public static Command Create()
    {
        var id = new Argument<string?>("operation") { Description = "An operation (else the whole service)", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("status", "How the service is, or one operation") { id };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            if (parsed.GetValue(id) is { } operationId)
            {
                var operation = await api.GetOperationAsync(operationId, cancellationToken).ConfigureAwait(false);
                output.Answer(operation, console => OperationsCommand.RenderOne(console, operation));
                return ExitCodes.Success;
            }

            var version = await api.GetVersionAsync(cancellationToken).ConfigureAwait(false);
            var workers = await api.ListWorkersAsync(cancellationToken).ConfigureAwait(false);
            var active = new List<Operation>();
            foreach (var status in new[] { OperationStatus.Running, OperationStatus.Dispatched, OperationStatus.Cancelling, OperationStatus.Queued })
            {
                active.AddRange((await api.ListOperationsAsync(KtrdrJson.Word(status), limit: 500, cancellationToken: cancellationToken).ConfigureAwait(false)).Items);
            }

            var summary = new
            {
                version,
                Workers = workers.GroupBy(worker => KtrdrJson.Word(worker.Status)).ToDictionary(group => group.Key, group => group.Count()),
                Operations = active.GroupBy(operation => KtrdrJson.Word(operation.Status)).ToDictionary(group => group.Key, group => group.Count()),
            };
            output.Answer(summary, console =>
            {
                console.WriteLine($"{version.Product} {version.Version}, {version.Edition} edition{(version.Slot is { } slot ? $", slot {slot}" : "")}");
                WorkersCommand.Render(console, workers);
                OperationsCommand.Render(console, active);
            });
            return workers.Any(worker => worker.Status is WorkerStatus.Available or WorkerStatus.Busy) ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }
}
