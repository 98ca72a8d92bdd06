using System.Net.Http.Headers;

namespace Ktrdr.ServiceDefaults.Http;

/// <summary>Sends the token that holds now: it can change while the client lives.</summary>
internal sealed class BearerHandler(Func<string?> token) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (token() is { } value)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", value);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
