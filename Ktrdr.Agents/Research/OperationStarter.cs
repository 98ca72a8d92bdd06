using System.Net;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;

namespace Ktrdr.Agents.Research;

/// <summary>Starts the operations of a campaign, each under a key of its own: started twice, it is one operation.</summary>
/// <param name="api">The Api.</param>
/// <param name="researchOperationId">The operation that drives the campaign: the parent of all others.</param>
internal sealed class OperationStarter(PatientApi api, string researchOperationId)
{
    /// <param name="key">Names the operation within the sandbox, such as an experiment's id and the phase.</param>
    /// <param name="start">Calls the Api with the key and the parent.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <remarks>
    /// A key that was used under another parent belongs to an earlier driver of the same campaign, which ended before it could write down what it had started:
    /// its operation is out of reach, so this driver starts its own. The ledger counts both as one trial.
    /// </remarks>
    public async Task<string> StartAsync(string key, Func<IKtrdrApi, string, string, CancellationToken, Task<OperationAccepted>> start, CancellationToken cancellation)
    {
        try
        {
            return (await api.CallAsync((a, c) => start(a, key, researchOperationId, c), cancellation).ConfigureAwait(false)).OperationId;
        }
        catch (KtrdrApiException used) when (used.Status == HttpStatusCode.Conflict)
        {
            return (await api.CallAsync((a, c) => start(a, $"{key}:{researchOperationId}", researchOperationId, c), cancellation).ConfigureAwait(false)).OperationId;
        }
    }
}
