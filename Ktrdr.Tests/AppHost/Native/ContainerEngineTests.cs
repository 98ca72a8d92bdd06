using Ktrdr.AppHost.Native;
using Ktrdr.Tests.Deploy;
using Xunit;

namespace Ktrdr.Tests.AppHost.Native;

public sealed class ContainerEngineTests
{
    [ShellTheory]
    [InlineData(null, null, null)]
    [InlineData("/no/such/docker", "false", null)]
    [InlineData("false", "true", "true")]
    [InlineData("true", "/no/such/podman", "true")]
    public async Task Find_ProgramsOfWhichSomeAnswer_GivesTheFirstThatDoes(string? docker, string? podman, string? expected)
        => Assert.Equal(Program(expected), await ContainerEngine.FindAsync([Program(docker), Program(podman)], CancellationToken.None));

    /// <summary>Stands for an engine's program: whatever it is asked, it succeeds or fails.</summary>
    private static string? Program(string? name) => name is null || Path.IsPathRooted(name) ? name : Executables.Find(name);
}
