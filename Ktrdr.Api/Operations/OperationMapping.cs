using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Operations;

namespace Ktrdr.Api.Operations;

internal static class OperationMapping
{
    /// <param name="forOperator">Whether the caller may see a failure's detail.</param>
    public static Operation ToOperation(OperationRow row, ResultRow? result = null, bool forOperator = false)
    {
        var failure = row.Failure is null ? null : Json.Read<OperationFailure>(row.Failure);
        return new Operation
        {
            Id = row.Id,
            Type = row.Type,
            ParentId = row.ParentId,
            CampaignId = row.CampaignId,
            Reproduces = row.Reproduces,
            Priority = row.Priority,
            Status = row.Status,
            Attempt = row.Attempt,
            WorkerId = row.WorkerId,
            LeaseExpiresAt = row.LeaseExpiresAt,
            Request = Json.Element(row.Request),
            Progress = row.Progress is null ? null : Json.Read<OperationProgress>(row.Progress),
            Result = result is null ? null : Json.Element(result.Result),
            EngineBuild = result?.EngineBuild,
            BeganAnew = row.BeganAnew,
            Failure = forOperator ? failure : failure is null ? null : failure with { Detail = null },
            TraceId = row.TraceId,
            CreatedAt = row.CreatedAt,
            StartedAt = row.StartedAt,
            FinishedAt = row.FinishedAt,
        };
    }
}
