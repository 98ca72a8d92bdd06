using Ktrdr.Engine.Features;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Features;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class ExampleStrategiesTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Path.Combine(Repository.Root, "strategies"), "*.yaml").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Ensembles_AllOfThem_ReadAndNameExamples()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "strategies", "ensembles"), "*.yaml");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var reading = EnsembleReader.Read(File.ReadAllText(file));

            Assert.Empty(reading.Problems.Select(p => p.Message));
            Assert.Equal(Path.GetFileNameWithoutExtension(file), reading.Document!.Name);
            foreach (var model in reading.Document.Models)
            {
                Assert.True(EnsembleModelPath.TryParse(model.ModelPath, out var path));
                var member = StrategyReader.Parse(File.ReadAllText(Path.Combine(Repository.Root, "strategies", path.Name + ".yaml")));
                Assert.Equal((model.OutputType, path.Timeframe), (member.Decisions.OutputFormat, member.TrainingData.BaseTimeframe));
            }
        }
    }

    [Fact]
    public void Folder_HasExamples() => Assert.True(Files.Count >= 8);

    [Theory]
    [MemberData(nameof(Files))]
    public void Example_ReadsWithoutAnyProblem(string file)
    {
        var reading = StrategyReader.Read(File.ReadAllText(Path.Combine(Repository.Root, "strategies", file)));

        Assert.Empty(reading.Problems.Select(p => p.Message));
        var document = Assert.IsType<StrategyDocument>(reading.Document);
        Assert.Equal(Path.GetFileNameWithoutExtension(file), document.Name);
        Assert.Equal(document, StrategyReader.Parse(StrategyWriter.ToYaml(document)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Example_GivesCompleteFeatures(string file)
    {
        var document = StrategyReader.Parse(File.ReadAllText(Path.Combine(Repository.Root, "strategies", file)));
        var inputs = new FeatureInputs(TestBars.Of(document, 3000)) { Context = TestBars.ContextOf(document) };

        var features = FeaturePipeline.Build(document, inputs, document.TrainingData.BaseTimeframe);

        Assert.Equal(FeatureNames.Of(document), features.Names);
        Assert.InRange(features.FirstReady, 1, 450);
        Assert.DoesNotContain(false, features.IsReady[features.FirstReady..]);
    }
}
