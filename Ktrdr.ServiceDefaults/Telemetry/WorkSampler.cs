using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Ktrdr.ServiceDefaults.Telemetry;

/// <summary>
/// Leaves out traces that begin with an outgoing call: those are heartbeats, polls and sweeps. The decision travels with the
/// call, so the other side stays quiet too. Work always begins with a request or an activity of our own.
/// </summary>
internal sealed class WorkSampler : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
        => new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
}
