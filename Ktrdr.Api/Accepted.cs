using Ktrdr.Contracts.Operations;

namespace Ktrdr.Api;

internal static class Accepted
{
    /// <summary>202 with the operation's address.</summary>
    public static IResult Operation(OperationAccepted accepted) => Results.Accepted($"/api/v1/operations/{accepted.OperationId}", accepted);
}
