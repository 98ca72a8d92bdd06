using System.Net;
using Polly;
using Polly.Retry;

namespace Ktrdr.ServiceDefaults.Http;

/// <summary>Repeats a call that got no answer, or a gateway's, where repeating is harmless: GET and HEAD, and what carries an idempotency key.</summary>
public sealed class RetryHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    public const string IdempotencyKey = "Idempotency-Key";

    private static readonly ResiliencePipeline<HttpResponseMessage> Retries = new ResiliencePipelineBuilder<HttpResponseMessage>()
        .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            ShouldHandle = new PredicateBuilder<HttpResponseMessage>()
                .Handle<HttpRequestException>()
                .HandleResult(response => response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout),
            MaxRetryAttempts = 4,
            Delay = TimeSpan.FromMilliseconds(150),
            MaxDelay = TimeSpan.FromSeconds(2),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            OnRetry = static attempt =>
            {
                attempt.Outcome.Result?.Dispose();
                return default;
            },
        })
        .Build();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!IsRepeatable(request))
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        return await Retries.ExecuteAsync(async token => await base.SendAsync(request, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    // A body that was streamed cannot be sent again.
    private static bool IsRepeatable(HttpRequestMessage request)
        => request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || (request.Headers.Contains(IdempotencyKey) && request.Content is not StreamContent);
}
