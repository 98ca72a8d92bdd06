using System.Net;
using Ktrdr.Contracts.Client;

namespace Ktrdr.Agents;

/// <summary>The Api as a researcher's program sees it: while it does not answer, calls wait and are made again. Every call of the agents is idempotent.</summary>
internal sealed class PatientApi(IKtrdrApi api, TimeSpan firstPause, TimeSpan longestPause)
{
    /// <summary>An Api that answers with its own error this often in a row has more than a hiccup.</summary>
    private const int MostServerErrors = 12;

    public PatientApi(IKtrdrApi api)
        : this(api, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2))
    {
    }

    /// <exception cref="KtrdrApiException">It answered and refused.</exception>
    public async Task<T> CallAsync<T>(Func<IKtrdrApi, CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        var serverErrors = 0;
        for (var pause = firstPause; ; pause = pause * 2 < longestPause ? pause * 2 : longestPause)
        {
            try
            {
                return await call(api, cancellation).ConfigureAwait(false);
            }
            catch (KtrdrApiException failure) when (IsOutage(failure, ref serverErrors))
            {
                await Task.Delay(pause, cancellation).ConfigureAwait(false);
            }
        }
    }

    private static bool IsOutage(KtrdrApiException failure, ref int serverErrors) => failure.Status switch
    {
        null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => true,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => true,
        >= HttpStatusCode.InternalServerError => ++serverErrors < MostServerErrors,
        _ => false,
    };
}
