using Ktrdr.Contracts.Operations;

namespace Ktrdr.Agents.Research;

/// <summary>Waits for operations that others run, by asking with growing pauses: an answer is never lost with a connection.</summary>
internal sealed class OperationWaiter(PatientApi api, TimeSpan firstPause, TimeSpan longestPause)
{
    public OperationWaiter(PatientApi api)
        : this(api, TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(500))
    {
    }

    /// <summary>The finished operation, however it ended.</summary>
    public async Task<Operation> FinishedAsync(string operationId, CancellationToken cancellation)
    {
        for (var pause = firstPause; ; pause = pause * 1.4 < longestPause ? pause * 1.4 : longestPause)
        {
            var operation = await api.CallAsync((a, c) => a.GetOperationAsync(operationId, c), cancellation).ConfigureAwait(false);
            if (operation.IsFinished)
            {
                return operation;
            }

            await Task.Delay(pause, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>One line on how an operation that did not succeed ended.</summary>
    public static string ReasonOf(Operation operation) => operation.Status == OperationStatus.Cancelled
        ? $"{operation.Type} was cancelled{(operation.Failure is { } f ? $": {f.Message}" : "")}"
        : $"{operation.Type} failed: {operation.Failure?.Message ?? "no reason was given"}";
}
