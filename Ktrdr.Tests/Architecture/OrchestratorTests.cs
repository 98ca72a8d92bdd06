using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Ktrdr.Tests.Architecture;

/// <summary>Which parts of the engine a compiled service refers to, read from its metadata: the orchestrator never executes.</summary>
public sealed class OrchestratorTests
{
    private static readonly string[] ApiParts = ["Ktrdr.Engine", "Ktrdr.Engine.Strategies", "Ktrdr.Engine.MarketData", "Ktrdr.Engine.Indicators", "Ktrdr.Engine.Fuzzy", "Ktrdr.Engine.Numerics"];
    private static readonly string[] AgentParts = ["Ktrdr.Engine", "Ktrdr.Engine.Strategies", "Ktrdr.Engine.Numerics", "Ktrdr.Engine.Indicators", "Ktrdr.Engine.Fuzzy"];

    [Fact]
    public void Api_EngineReferences_AreOnlyParsingAndPreviews() => Assert.Empty(EngineNamespaces("Ktrdr.Api").Except(ApiParts));

    [Fact]
    public void Agents_EngineReferences_AreOnlyTheGrammarAndCatalogs() => Assert.Empty(EngineNamespaces("Ktrdr.Agents").Except(AgentParts));

    [Fact]
    public void EngineNamespaces_OfTheWorker_IncludeLearning() => Assert.Contains("Ktrdr.Engine.Learning", EngineNamespaces("Ktrdr.Worker"));

    [Theory]
    [InlineData("Ktrdr.Engine")]
    [InlineData("Ktrdr.Contracts")]
    [InlineData("ktrdr")]
    public void ReferencedAssemblies_OutsideOfServices_HaveNoDatabaseOrWebServer(string assembly)
    {
        var forbidden = ReferencedAssemblies(assembly).Where(name =>
            name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || name.StartsWith("Npgsql", StringComparison.Ordinal) || name.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal));

        Assert.Empty(forbidden);
    }

    private static List<string> EngineNamespaces(string assembly) =>
        Read(assembly, metadata => metadata.TypeReferences
            .Select(handle => metadata.GetTypeReference(handle))
            .Where(type => type.ResolutionScope.Kind == HandleKind.AssemblyReference
                && metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == "Ktrdr.Engine")
            .Select(type => metadata.GetString(type.Namespace))
            .Distinct()
            .Order()
            .ToList());

    private static List<string> ReferencedAssemblies(string assembly) =>
        Read(assembly, metadata => metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)).ToList());

    private static T Read<T>(string assembly, Func<MetadataReader, T> read)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll"));
        using var image = new PEReader(file);
        return read(image.GetMetadataReader());
    }
}
