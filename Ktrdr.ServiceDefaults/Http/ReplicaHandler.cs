namespace Ktrdr.ServiceDefaults.Http;

/// <summary>Stays with one of several replicas until it does not answer; then the next attempt asks the next one.</summary>
internal sealed class ReplicaHandler(IReadOnlyList<Uri> addresses) : DelegatingHandler
{
    private volatile int _current;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var current = _current;
        request.RequestUri = new Uri(addresses[current], request.RequestUri!.PathAndQuery);
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            // A call that was given up may have met one that takes connections and never answers.
            _current = (current + 1) % addresses.Count;
            throw;
        }
    }
}
