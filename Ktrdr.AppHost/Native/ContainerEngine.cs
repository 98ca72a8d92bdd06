using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>What runs containers on this machine.</summary>
internal static class ContainerEngine
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The program of the engine that is there and answers; null where there is none.</summary>
    public static Task<string?> FindAsync(CancellationToken cancellationToken) => FindAsync([Executables.Find("docker"), Executables.Find("podman")], cancellationToken);

    internal static async Task<string?> FindAsync(IEnumerable<string?> programs, CancellationToken cancellationToken)
    {
        foreach (var program in programs.OfType<string>())
        {
            if (await AnswersAsync(program, cancellationToken).ConfigureAwait(false))
            {
                return program;
            }
        }

        return null;
    }

    /// <summary>Docker's program is often installed where its engine is not, or is not running.</summary>
    private static async Task<bool> AnswersAsync(string program, CancellationToken cancellationToken)
    {
        try
        {
            return (await UnixProcess.RunAsync([program, "info"], "", "/", Patience, cancellationToken).ConfigureAwait(false)).ExitCode == 0;
        }
        catch (Exception error) when (error is TimeoutException or SandboxException)
        {
            return false;
        }
    }
}
