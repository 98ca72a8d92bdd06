using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace Ktrdr.Tests.Deploy;

/// <summary>A test that runs containers; skipped, with the reason, where no engine answers.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ContainerEngineFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> Answers = new(() => Succeeds("info") && Succeeds("compose", "version"));

    public ContainerEngineFactAttribute() => Skip = Answers.Value ? null : "needs a container engine that answers `docker info`, and `docker compose`";

    private static bool Succeeds(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process.WaitForExit(TimeSpan.FromSeconds(20)) && process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
