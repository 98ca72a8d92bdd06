using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class StrategyFormatDocumentTests
{
    [Fact]
    public void Example_ReadsWithoutAnyProblem()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "strategy-format.md"));
        var start = text.IndexOf("```yaml\n", StringComparison.Ordinal) + "```yaml\n".Length;

        var reading = StrategyReader.Read(text[start..text.IndexOf("```", start, StringComparison.Ordinal)]);

        Assert.Empty(reading.Problems.Select(p => p.Message));
        Assert.Equal("example", reading.Document!.Name);
    }
}
