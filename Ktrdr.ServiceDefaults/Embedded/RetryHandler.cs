using Ktrdr.ServiceDefaults.Http;
using Polly;
using Polly.Retry;

namespace Ktrdr.ServiceDefaults.Embedded;

/// <summary>Repeats a call that got no answer, or a gateway's, where repeating is harmless.</summary>
internal sealed class RetryHandler : DelegatingHandler
{
    private static readonly ResiliencePipeline<HttpResponseMessage> Retries = new ResiliencePipelineBuilder<HttpResponseMessage>()
        .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            ShouldHandle = static attempt => ValueTask.FromResult(Repetition.IsNoAnswer(attempt.Outcome.Result, attempt.Outcome.Exception)),
            MaxRetryAttempts = Repetition.MostRetries,
            Delay = Repetition.FirstPause,
            MaxDelay = Repetition.LongestPause,
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
        if (!Repetition.IsHarmless(request))
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        return await Retries.ExecuteAsync(async token => await base.SendAsync(request, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }
}
