using Ktrdr.AppHost.Native;
using Xunit;

namespace Ktrdr.Tests.Deploy;

/// <summary>A test that runs a script as a container or an operator would; skipped, with the reason, where there is no bash.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ShellFactAttribute : FactAttribute
{
    public ShellFactAttribute() => Skip = Missing;

    public static string? Missing { get; } = OperatingSystem.IsWindows() || Executables.Find("bash") is null ? "needs bash on a Unix" : null;
}

/// <inheritdoc cref="ShellFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ShellTheoryAttribute : TheoryAttribute
{
    public ShellTheoryAttribute() => Skip = ShellFactAttribute.Missing;
}

/// <summary>A test that lets docker-compose read a file, for which it needs no engine; skipped, with the reason, where it is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DockerComposeTheoryAttribute : TheoryAttribute
{
    public DockerComposeTheoryAttribute() => Skip = Executables.Find("docker-compose") is null ? "needs docker-compose on the path (apt-get install docker-compose)" : null;
}
