using System.Net;

namespace Ktrdr.ServiceDefaults.Http;

/// <summary>Which calls are made again by themselves, after what, and how patiently: the same in both editions.</summary>
public static class Repetition
{
    public const string IdempotencyKey = "Idempotency-Key";

    internal const int MostRetries = 4;

    internal static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(150);
    internal static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>GET and HEAD, and what carries an idempotency key. A body that was streamed cannot be sent again.</summary>
    internal static bool IsHarmless(HttpRequestMessage request)
        => request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || (request.Headers.Contains(IdempotencyKey) && request.Content is not StreamContent);

    /// <summary>No answer at all, or a gateway's.</summary>
    internal static bool IsNoAnswer(HttpResponseMessage? response, Exception? failure)
        => failure is HttpRequestException || response?.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
