using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Ktrdr.Engine;
using Xunit;

namespace Ktrdr.Tests.Architecture;

/// <summary>The engine's identity says what was compiled, and nothing of where and when.</summary>
public sealed class EngineBuildTests
{
    private static readonly Assembly Engine = typeof(EngineBuild).Assembly;

    [Fact]
    public void Identity_OfTheEngine_IsItsVersionAndItsModule()
    {
        Assert.Matches("^[0-9]+[.][0-9]+[.][0-9]+[+][0-9a-f]{12}$", EngineBuild.Identity);
        Assert.StartsWith($"{EngineBuild.Version}+", EngineBuild.Identity, StringComparison.Ordinal);
        Assert.EndsWith(Engine.ManifestModule.ModuleVersionId.ToString("N")[..12], EngineBuild.Identity, StringComparison.Ordinal);
    }

    [Fact]
    public void Assembly_OfTheEngine_IsDeterministicAndHoldsNeitherFolderNorCommit()
    {
        using var file = new PEReader(File.OpenRead(Engine.Location));
        var entries = file.ReadDebugDirectory();

        Assert.Contains(entries, e => e.Type == DebugDirectoryEntryType.Reproducible);
        var symbols = file.ReadCodeViewDebugDirectoryData(entries.Single(e => e.Type == DebugDirectoryEntryType.CodeView)).Path;
        Assert.StartsWith("/ktrdr/", symbols, StringComparison.Ordinal);
        Assert.Equal(EngineBuild.Version, Engine.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
    }
}
