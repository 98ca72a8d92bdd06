using System.Xml.Linq;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Architecture;

/// <summary>Who may reference whom, read from the project files.</summary>
public sealed class ProjectArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Ktrdr.Engine"] = [],
        ["Ktrdr.Contracts"] = [],
        ["Ktrdr.ServiceDefaults"] = [],
        ["Ktrdr.Api"] = ["Ktrdr.Contracts", "Ktrdr.ServiceDefaults", "Ktrdr.Engine"],
        ["Ktrdr.WorkerHost"] = ["Ktrdr.Contracts", "Ktrdr.ServiceDefaults"],
        ["Ktrdr.Worker"] = ["Ktrdr.Contracts", "Ktrdr.ServiceDefaults", "Ktrdr.WorkerHost", "Ktrdr.Engine"],
        ["Ktrdr.Agents"] = ["Ktrdr.Contracts", "Ktrdr.ServiceDefaults", "Ktrdr.WorkerHost", "Ktrdr.Engine"],
        ["Ktrdr.Cli"] = ["Ktrdr.Contracts"],
        ["Ktrdr.AppHost"] = ["Ktrdr.Contracts"],
        ["Ktrdr.Benchmarks"] = ["Ktrdr.Engine"],
    };

    public static TheoryData<string> Projects() => [.. ProjectFiles().Select(file => Path.GetFileNameWithoutExtension(file)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectReferences_AnyProject_AreOnlyTheAllowedOnes(string project)
    {
        if (project == "Ktrdr.Tests")
        {
            return;
        }

        var referenced = References(project, "ProjectReference")
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));

        Assert.Empty(referenced.Except(Allowed[project]));
    }

    [Fact]
    public void AppHost_Executables_AreBuiltButNotLinked()
    {
        var executables = References("Ktrdr.AppHost", "ProjectReference")
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") == "false")
            .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')))
            .Order();

        Assert.Equal(["Ktrdr.Agents", "Ktrdr.Api", "Ktrdr.Worker"], executables);
    }

    [Fact]
    public void Engine_Packages_AreNodaTimeAndYamlDotNetAlone()
    {
        var packages = References("Ktrdr.Engine", "PackageReference")
            .Where(reference => (string?)reference.Attribute("PrivateAssets") != "all")
            .Select(reference => (string)reference.Attribute("Include")!);

        Assert.Equal(["NodaTime", "YamlDotNet"], packages);
    }

    [Fact]
    public void Database_Packages_AreTheApisAlone()
    {
        var users = ProjectFiles()
            .Where(file => XDocument.Load(file).Descendants("PackageReference").Any(reference => ((string)reference.Attribute("Include")!).Contains("Npgsql", StringComparison.Ordinal)))
            .Select(Path.GetFileNameWithoutExtension)
            .Where(project => project != "Ktrdr.Tests");

        Assert.Equal(["Ktrdr.Api"], users);
    }

    [Fact]
    public void Solution_Projects_AllSitAtTheRoot() =>
        Assert.Equal(Allowed.Keys.Append("Ktrdr.Tests").Order(), ProjectFiles().Select(file => Path.GetFileNameWithoutExtension(file)!).Order());

    private static IEnumerable<string> ProjectFiles() => Directory.EnumerateDirectories(Repository.Root, "Ktrdr.*").SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj"));

    private static IEnumerable<XElement> References(string project, string kind) =>
        XDocument.Load(Path.Combine(Repository.Root, project, $"{project}.csproj")).Descendants(kind);
}
