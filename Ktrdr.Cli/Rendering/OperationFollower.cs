using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;

namespace Ktrdr.Cli.Rendering;

/// <summary>Reads an operation's server-sent events, and reconnects when the stream breaks: a restart of the Api loses nobody.</summary>
internal static class OperationFollower
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<Operation> FollowAsync(IKtrdrApi api, string operationId, Action<Operation> onChange, CancellationToken cancellationToken)
    {
        var current = await api.GetOperationAsync(operationId, cancellationToken).ConfigureAwait(false);
        onChange(current);
        var lastHeard = DateTimeOffset.UtcNow;
        while (!current.IsFinished)
        {
            try
            {
                await foreach (var operation in ReadAsync(api, operationId, cancellationToken).ConfigureAwait(false))
                {
                    lastHeard = DateTimeOffset.UtcNow;
                    onChange(current = operation);
                    if (current.IsFinished)
                    {
                        return current;
                    }
                }

                // The stream ended without a last word: ask once before opening it anew.
                await Task.Delay(TimeSpan.FromMilliseconds(250), cancellationToken).ConfigureAwait(false);
                onChange(current = await api.GetOperationAsync(operationId, cancellationToken).ConfigureAwait(false));
                lastHeard = DateTimeOffset.UtcNow;
            }
            catch (Exception error) when (IsOutage(error) && DateTimeOffset.UtcNow - lastHeard < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken).ConfigureAwait(false);
            }
        }

        return current;
    }

    private static bool IsOutage(Exception error) =>
        error is HttpRequestException or IOException || error is KtrdrApiException { Status: null or >= System.Net.HttpStatusCode.InternalServerError };

    private static async IAsyncEnumerable<Operation> ReadAsync(IKtrdrApi api, string operationId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await api.StreamOperationAsync(operationId, cancellationToken).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.StartsWith("data:", StringComparison.Ordinal) && JsonSerializer.Deserialize<Operation>(line.AsSpan(5), KtrdrJson.Options) is { } operation)
            {
                yield return operation;
            }
        }
    }
}
