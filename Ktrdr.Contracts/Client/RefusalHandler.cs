using System.Text.Json;

namespace Ktrdr.Contracts.Client;

/// <summary>Turns refusals and calls without an answer into <see cref="KtrdrApiException"/>s, so that both editions' clients throw the same.</summary>
/// <param name="service">The address to name when there is no answer.</param>
/// <param name="timeout">For an answer's headers, and for the whole answer where it is JSON; other bodies may stream for as long as they like.</param>
/// <remarks>The outermost handler of a client: it sees what repetitions and limits below it have come to.</remarks>
internal sealed class RefusalHandler(Uri service, TimeSpan timeout) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(timeout);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, limited.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                using (response)
                {
                    throw new KtrdrApiException(response.StatusCode, await ReadProblemAsync(response, limited.Token).ConfigureAwait(false));
                }
            }

            if (response.Content.Headers.ContentType?.MediaType == "application/json")
            {
                await response.Content.LoadIntoBufferAsync(limited.Token).ConfigureAwait(false);
            }

            return response;
        }
        catch (HttpRequestException failure)
        {
            response?.Dispose();
            throw new KtrdrApiException($"No answer from {service}: {failure.Message}", failure);
        }
        catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            throw new KtrdrApiException($"No answer from {service} within {timeout.TotalSeconds:0} s", failure);
        }
    }

    private static async Task<ApiProblem> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (JsonSerializer.Deserialize<ApiProblem>(text, KtrdrJson.Options) is { Title: not null, Code: not null } problem)
            {
                return problem;
            }
        }
        catch (JsonException)
        {
            // Not one of our answers: a proxy's page or an empty body. The status says what there is to say.
        }

        var title = $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri} answered {(int)response.StatusCode} {response.ReasonPhrase}";
        return new ApiProblem(title, (int)response.StatusCode, ErrorCodes.Internal);
    }
}
