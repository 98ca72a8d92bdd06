using Ktrdr.Contracts.Operations;
using Ktrdr.ServiceDefaults.Telemetry;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>Sends finished spans to the Api, which keeps the sandbox's traces.</summary>
internal sealed class WorkerSpanStore(ApiConnection connection) : ISpanStore
{
    public Task StoreAsync(IReadOnlyList<FinishedSpan> spans, CancellationToken cancellationToken)
        => connection.Api.PostSpansAsync(
            [.. spans.Select(s => new TraceSpan(s.TraceId, s.SpanId, s.ParentSpanId, s.Service, s.Name, s.StartedAt, s.Milliseconds) { Status = s.Status, Attributes = s.Attributes })],
            cancellationToken);
}
