using System.Text.RegularExpressions;
using Ktrdr.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ktrdr.Tests.Deploy;

public sealed partial class WorkflowTests
{
    private static readonly string[] Files = Directory.GetFiles(Path.Combine(Repository.Root, ".github", "workflows"), "*.yml");

    [Fact]
    public void Workflows_Always_ReadOnlyAndPinTheirActions()
    {
        Assert.Equal(["embedded.yml", "full.yml"], Files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Files, file =>
        {
            var workflow = Yaml.Read(file);
            Assert.Equal(["contents: read"], ((YamlMappingNode)workflow["permissions"]).Select(p => $"{p.Key}: {p.Value}"));
            Assert.NotEqual("", workflow["concurrency"]["group"].ToString());
            foreach (var job in ((YamlMappingNode)workflow["jobs"]).Children.Values)
            {
                Assert.True(int.Parse(job["timeout-minutes"].ToString(), System.Globalization.CultureInfo.InvariantCulture) <= 60);
                Assert.All(job["steps"].Items().Where(step => step.Children.ContainsKey("uses")), step => Assert.Matches(PinnedAction(), step["uses"].ToString()));
            }
        });
    }

    [Fact]
    public void Workflows_WhatTheyRun_IsThere()
    {
        foreach (var text in Files.Select(File.ReadAllText))
        {
            Assert.All(NamedProject().Matches(text), match => Assert.True(Directory.Exists(Path.Combine(Repository.Root, match.Groups[1].Value)), match.Value));
            Assert.Contains("dotnet test Ktrdr.sln", text, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"^actions/[a-z-]+@v\d+$")]
    private static partial Regex PinnedAction();

    [GeneratedRegex(@"--project (Ktrdr\.\w+)")]
    private static partial Regex NamedProject();
}
