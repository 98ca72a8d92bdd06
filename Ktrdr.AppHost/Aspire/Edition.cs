using Ktrdr.AppHost.Aspire.Publishing;
using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>What this edition's AppHost is made of: Aspire, and native processes where there is no container engine for it.</summary>
internal static class Edition
{
    /// <exception cref="UsageException">The variable asks for another one.</exception>
    public static async Task<ISandboxRealisation> RealisationAsync(SandboxLayout layout, CancellationToken cancellationToken)
    {
        var choice = Environment.GetEnvironmentVariable(ISandboxRealisation.Variable);
        return Choose(layout, choice, choice is "native" ? null : await ContainerEngine.FindAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <param name="choice">What <see cref="ISandboxRealisation.Variable"/> holds.</param>
    /// <param name="engine">The program of the container engine that answers; null where none does.</param>
    internal static ISandboxRealisation Choose(SandboxLayout layout, string? choice, string? engine) => choice switch
    {
        "aspire" => new AspireRealisation(layout, engine),
        "native" => Native(layout, $"{ISandboxRealisation.Variable} is native: processes of this machine instead of Aspire's containers"),
        null or "" => engine is null
            ? Native(layout, "no container engine answers: processes of this machine instead of Aspire's containers (docker or podman would run them)")
            : new AspireRealisation(layout, engine),
        var other => throw new UsageException($"{ISandboxRealisation.Variable} is '{other}': allowed are aspire and native."),
    };

    public static Task PublishAsync(HostCommand.Publish publish, CancellationToken cancellationToken) => AspirePublishing.RunAsync(publish, cancellationToken);

    private static NativeRealisation Native(SandboxLayout layout, string notice) => new(layout, ProgramFolder.BesideThisProgram(), notice);
}
