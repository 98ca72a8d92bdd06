using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class StrategyFormatDocumentTests
{
    private static readonly string Path = System.IO.Path.Combine(Repository.Root, "docs", "strategy-format.md");

    [Fact]
    public void Examples_ReadWithoutAnyProblem()
    {
        var blocks = File.ReadAllText(Path).Split("```yaml\n").Skip(1).Select(b => b[..b.IndexOf("```", StringComparison.Ordinal)]).ToArray();

        var strategy = StrategyReader.Read(blocks[0]);
        Assert.Empty(strategy.Problems.Select(p => p.Message));
        Assert.Equal("example", strategy.Document!.Name);
        Assert.Empty(EnsembleReader.Read(blocks[1]).Problems.Select(p => p.Message));
    }

    /// <summary><c>KTRDR_UPDATE_DOCS=1 dotnet test --filter StrategyFormat</c> writes the tables anew.</summary>
    [Theory]
    [InlineData("keys")]
    [InlineData("ensemble keys")]
    public void Tables_AreWhatTheSchemaSays(string name)
    {
        var (begin, end) = ($"<!-- {name} -->\n", $"<!-- end of {name} -->");
        var text = File.ReadAllText(Path);
        var start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var stop = text.IndexOf(end, StringComparison.Ordinal);
        var table = KeyTables.Of(name == "keys" ? StrategySchema.Create() : StrategySchema.CreateEnsemble());
        if (Environment.GetEnvironmentVariable("KTRDR_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Path, text[..start] + table + text[stop..]);
            return;
        }

        Assert.Equal(table, text[start..stop]);
    }

    [Fact]
    public void Memberships_AllOfThem_AreDescribed()
    {
        var text = File.ReadAllText(Path);
        Assert.All(MembershipCatalog.All, type => Assert.Contains($"| `{type.Name}` ", text, StringComparison.Ordinal));
    }
}
