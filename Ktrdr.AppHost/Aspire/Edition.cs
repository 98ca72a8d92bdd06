using Ktrdr.AppHost.Aspire.Publishing;
using Ktrdr.AppHost.Native;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>What this edition's AppHost is made of: Aspire, and native processes where there is no container engine for it.</summary>
internal static class Edition
{
    public static ISandboxRealisation Realisation(SandboxLayout layout) => Choose(layout, Environment.GetEnvironmentVariable(ISandboxRealisation.Variable), NativeRealisation.ContainerEngine);

    /// <param name="choice">What <see cref="ISandboxRealisation.Variable"/> holds.</param>
    /// <param name="engine">The program that runs containers here; null where there is none.</param>
    /// <exception cref="UsageException">The variable holds something else.</exception>
    internal static ISandboxRealisation Choose(SandboxLayout layout, string? choice, string? engine) => choice switch
    {
        "aspire" => new AspireRealisation(layout),
        "native" => Native(layout, $"{ISandboxRealisation.Variable} is native: processes of this machine instead of Aspire's containers"),
        null or "" => engine is null
            ? Native(layout, "no container engine is installed: processes of this machine instead of Aspire's containers (install docker or podman)")
            : new AspireRealisation(layout),
        var other => throw new UsageException($"{ISandboxRealisation.Variable} is '{other}': allowed are aspire and native."),
    };

    public static Task PublishAsync(HostCommand.Publish publish, CancellationToken cancellationToken) => AspirePublishing.RunAsync(publish, cancellationToken);

    private static NativeRealisation Native(SandboxLayout layout, string notice) => new(layout, ProgramFolder.BesideThisProgram(), notice);
}
