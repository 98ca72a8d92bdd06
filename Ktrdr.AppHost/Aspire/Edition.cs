using Ktrdr.AppHost.Aspire.Publishing;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>What this edition's AppHost is made of: Aspire.</summary>
internal static class Edition
{
    public static ISandboxRealisation Realisation(SandboxLayout layout) => new AspireRealisation(layout);

    public static Task PublishAsync(HostCommand.Publish publish, CancellationToken cancellationToken) => AspirePublishing.RunAsync(publish, cancellationToken);
}
