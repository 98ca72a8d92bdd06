using System.Globalization;
using Ktrdr.Cli.Commands;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Rendering;

/// <summary>Follows an operation to its end: a live bar on a terminal, plain lines in a pipe.</summary>
internal sealed class ProgressView(IKtrdrApi api, Output output)
{
    /// <summary>Returns the finished operation; with Ctrl+C the person chooses between cancelling it and leaving it running.</summary>
    public async Task<Operation> FollowAsync(string operationId, CancellationToken cancellationToken)
    {
        try
        {
            return Console.IsErrorRedirected || output.Json
                ? await FollowPlainAsync(operationId, cancellationToken).ConfigureAwait(false)
                : await FollowLiveAsync(operationId, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await AskCancelOrDetachAsync(operationId).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What the command ends with: 0 when the operation succeeded, else a line that says why not.</summary>
    public int Conclude(Operation operation)
    {
        if (operation.Status == OperationStatus.Succeeded)
        {
            return ExitCodes.Success;
        }

        Console.Error.WriteLine(operation.Failure is { } failure
            ? $"ktrdr: {operation.Type} {operation.Id} failed: {failure.Message}{(failure.Suggestion is { } hint ? $" {hint}" : "")}"
            : $"ktrdr: {operation.Type} {operation.Id} was {KtrdrJson.Word(operation.Status)}.");
        return ExitCodes.Failed;
    }

    private async Task<Operation> FollowLiveAsync(string operationId, CancellationToken cancellationToken)
    {
        Operation? last = null;
        await output.Notes.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask("waiting", maxValue: 100);
                last = await OperationFollower.FollowAsync(
                    api,
                    operationId,
                    operation =>
                    {
                        bar.Description = Markup.Escape(Describe(operation));
                        bar.Value = Percent(operation);
                    },
                    cancellationToken).ConfigureAwait(false);
                bar.StopTask();
            }).ConfigureAwait(false);
        return last!;
    }

    private async Task<Operation> FollowPlainAsync(string operationId, CancellationToken cancellationToken)
    {
        var shown = "";
        return await OperationFollower.FollowAsync(
            api,
            operationId,
            operation =>
            {
                var line = string.Create(CultureInfo.InvariantCulture, $"{operation.Id} {Describe(operation)} {Percent(operation):0} %");
                if (line != shown)
                {
                    Console.Error.WriteLine(shown = line);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static double Percent(Operation operation) => operation.Status == OperationStatus.Succeeded ? 100 : operation.Progress?.Percent ?? 0;

    private static string Describe(Operation operation) => operation.Status switch
    {
        OperationStatus.Queued => $"queued{(operation.QueuePosition is { } place ? $" at place {place}" : "")}{(operation.WaitingFor is { } reason ? $": {reason}" : "")}",
        OperationStatus.Running when operation.Progress is { } progress =>
            $"{operation.Type}: {progress.Step}{(progress.Rate is { } rate ? $" at {rate.ToString("#,0", CultureInfo.InvariantCulture)}/s" : "")}",
        _ => $"{operation.Type}: {KtrdrJson.Word(operation.Status)}",
    };

    private async Task AskCancelOrDetachAsync(string operationId)
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
        {
            Console.Error.WriteLine($"ktrdr: {operationId} goes on; `ktrdr follow {operationId}` shows it, `ktrdr ops cancel {operationId}` ends it.");
            return;
        }

        output.Notes.WriteLine();
        if (output.Notes.Prompt(new ConfirmationPrompt($"Cancel {operationId}? (no leaves it running)") { DefaultValue = false }))
        {
            await api.CancelOperationAsync(operationId, "cancelled from the command line").ConfigureAwait(false);
            output.Note($"{operationId} is being cancelled.");
        }
        else
        {
            output.Note($"{operationId} goes on; `ktrdr follow {operationId}` shows it.");
        }
    }
}
