using System.Text.RegularExpressions;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Architecture;

/// <summary>What every source file keeps to.</summary>
public sealed partial class SourceFileTests
{
    [Fact]
    public void Length_OfEveryProductFile_IsAtMost400Lines() =>
        Assert.Empty(ProductFiles().Where(file => File.ReadLines(file).Count() > 400).Select(Short));

    [Fact]
    public void Length_OfNineInTenProductFiles_IsAtMost200Lines()
    {
        var lengths = ProductFiles().Select(file => File.ReadLines(file).Count()).Order().ToList();

        Assert.InRange(lengths[(int)(0.9 * (lengths.Count - 1))], 1, 200);
    }

    [Fact]
    public void Name_OfEveryFile_SaysWhatIsInIt() =>
        Assert.Empty(ProductFiles().Where(file => VagueName().IsMatch(Path.GetFileNameWithoutExtension(file))).Select(Short));

    [Fact]
    public void Namespace_OfEveryFile_IsItsFolder()
    {
        // The attribute names of Refit must lie in Refit's own namespace, so that interfaces compile against either.
        var strangers = ProductFiles()
            .Where(file => !file.EndsWith("RestProxy/Attributes.cs", StringComparison.Ordinal))
            .Select(file => (File: Short(file), Declared: NamespaceLine().Match(File.ReadAllText(file)).Groups[1].Value, Expected: Path.GetDirectoryName(Short(file))!.Replace('/', '.')))
            .Where(file => file.Declared.Length > 0 && file.Declared != file.Expected)
            .Select(file => $"{file.File}: {file.Declared}");

        Assert.Empty(strangers);
    }

    [Fact]
    public void Text_OfEveryFile_NamesNothingOutsideTheProject() =>
        Assert.Empty(ProductFiles().Where(file => Unfinished().IsMatch(File.ReadAllText(file))).Select(Short));

    [Fact]
    public void ReadmeCommands_AllOfThem_NameProjectsThatExist()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var projects = ProjectInReadme().Matches(readme).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.Contains("Ktrdr.AppHost", projects);
        Assert.All(projects, project => Assert.True(Directory.Exists(Path.Combine(Repository.Root, project)), project));
        Assert.Contains("dotnet test Ktrdr.sln", readme, StringComparison.Ordinal);
    }

    private static IEnumerable<string> ProductFiles() =>
        Directory.EnumerateDirectories(Repository.Root, "Ktrdr.*")
            .Where(folder => !folder.EndsWith("Ktrdr.Tests", StringComparison.Ordinal))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string Short(string file) => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');

    [GeneratedRegex("^(Helpers?|Utils?|Utilities|Common|Misc|.*Manager|.*Helpers?|.*Utils?|Extensions)$")]
    private static partial Regex VagueName();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"--project (Ktrdr\.\w+)")]
    private static partial Regex ProjectInReadme();
}
