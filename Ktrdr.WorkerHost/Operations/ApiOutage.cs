using System.Net;
using Ktrdr.Contracts.Client;

namespace Ktrdr.WorkerHost.Operations;

/// <summary>Tells an Api that is away, restarting or does not know this worker any more from one that refuses.</summary>
internal static class ApiOutage
{
    /// <summary>True where the same call may succeed later: no answer, a gateway's answer, overload, or a token that the next registration renews.</summary>
    public static bool Is(KtrdrApiException failure)
        => failure.Status is null or HttpStatusCode.Unauthorized or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>The Api has given the operation to somebody else, or does not know it: this attempt must not go on.</summary>
    public static bool IsSuperseded(KtrdrApiException failure) => failure.Status is HttpStatusCode.Conflict or HttpStatusCode.NotFound or HttpStatusCode.Gone;
}
