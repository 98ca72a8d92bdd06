using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>What this edition's AppHost is made of: native processes.</summary>
internal static class Edition
{
    /// <exception cref="UsageException">The variable asks for another one.</exception>
    public static async Task<ISandboxRealisation> RealisationAsync(SandboxLayout layout, CancellationToken cancellationToken) => Environment.GetEnvironmentVariable(ISandboxRealisation.Variable) switch
    {
        null or "" or "native" => new NativeRealisation(
            layout,
            ProgramFolder.BesideThisProgram(),
            await ContainerEngine.FindAsync(cancellationToken).ConfigureAwait(false) is { } engine
                ? $"{engine} runs containers here, so the full edition can run too: KTRDR_EDITION=full dotnet run --project Ktrdr.AppHost"
                : null),
        var other => throw new UsageException($"{ISandboxRealisation.Variable} is '{other}': allowed is native; aspire needs the full edition, KTRDR_EDITION=full."),
    };

    /// <exception cref="UsageException">Always: there is nothing here that could write them.</exception>
    public static Task PublishAsync(HostCommand.Publish publish, CancellationToken cancellationToken)
        => throw new UsageException($"publish {KtrdrJson.Word(publish.Target)} needs the full edition: KTRDR_EDITION=full dotnet run --project Ktrdr.AppHost -- publish {KtrdrJson.Word(publish.Target)} --output {publish.Output}");
}
