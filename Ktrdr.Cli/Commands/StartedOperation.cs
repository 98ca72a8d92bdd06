using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

/// <summary>What every command that starts an operation does next: name it, or follow it and show its result.</summary>
internal static class StartedOperation
{
    public static async Task<int> ShowAsync(
        IKtrdrApi api, Output output, OperationAccepted accepted, bool follow, Action<IAnsiConsole, Operation> render, CancellationToken cancellationToken, Action<Operation>? onSuccess = null)
    {
        if (!follow)
        {
            output.Answer(accepted, console => console.MarkupLineInterpolated($"{accepted.OperationId} is {KtrdrJson.Word(accepted.Status)}; [grey]ktrdr follow {accepted.OperationId}[/] shows it."));
            return ExitCodes.Success;
        }

        var view = new ProgressView(api, output);
        var operation = await view.FollowAsync(accepted.OperationId, cancellationToken).ConfigureAwait(false);
        if (operation.Status == OperationStatus.Succeeded)
        {
            onSuccess?.Invoke(operation);
        }

        if (output.Json || operation.Status == OperationStatus.Succeeded)
        {
            output.Answer(operation, console => render(console, operation));
        }

        return view.Conclude(operation);
    }
}
