using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class HostileTextTests
{
    [Theory]
    [InlineData("", "empty_document")]
    [InlineData("   \n# only a comment\n", "empty_document")]
    [InlineData("null", "empty_document")]
    [InlineData("just words", "wrong_type")]
    [InlineData("[1, 2]", "wrong_type")]
    [InlineData("{name: [", "invalid_yaml")]
    [InlineData("name: a\n\tversion: b", "invalid_yaml")]
    [InlineData("\u0000\u0001PK", "not_text")]
    [InlineData("name: a\u0007b", "not_text")]
    [InlineData("a: &x [1]\nb: *x", "alias_refused")]
    [InlineData("a: !!python/object:os.system ls", "tag_refused")]
    [InlineData("{[1, 2]: 3}", "wrong_type")]
    public void Read_NotAStrategy_IsOneNamedProblem(string text, string code)
    {
        var reading = StrategyReader.Read(text);

        Assert.Null(reading.Document);
        Assert.Equal(code, Assert.Single(reading.Problems).Code);
    }

    [Fact]
    public void Read_SecondDocument_IsRefused() => Assert.Contains(StrategyReader.Read("name: a\n---\nname: b\n").Problems, p => p.Code == "several_documents");

    [Fact]
    public void Read_BillionLaughs_IsRefusedBeforeItGrows()
    {
        var text = new StringBuilder("a: &a [lol]\n");
        for (var c = 'b'; c < 'k'; c++)
        {
            text.Append(c).Append(": &").Append(c).Append(" [").AppendJoin(", ", Enumerable.Repeat($"*{(char)(c - 1)}", 10)).Append("]\n");
        }

        Assert.Equal("alias_refused", Assert.Single(StrategyReader.Read(text.ToString()).Problems).Code);
    }

    [Fact]
    public void Read_DeepNesting_IsRefused()
    {
        foreach (var text in (string[])[new string('[', 100_000), string.Concat(Enumerable.Repeat("{a: ", 50_000))])
        {
            Assert.Equal("too_deep", Assert.Single(StrategyReader.Read(text).Problems).Code);
        }
    }

    [Fact]
    public void Read_ManyValues_IsRefused() => Assert.Equal("too_many_nodes", Assert.Single(StrategyReader.Read($"a: [{string.Join(",", Enumerable.Repeat("1", 30_000))}]").Problems).Code);

    [Fact]
    public void Read_MoreThanAMegabyte_IsRefused() => Assert.Equal("too_large", Assert.Single(StrategyReader.Read($"a: {new string('x', 1 << 20)}").Problems).Code);

    [Fact]
    public void Read_TenMegabytes_IsRefusedUnread() => Assert.Equal("too_large", Assert.Single(StrategyReader.Read(StrategyTexts.Sound + new string('#', 10 << 20)).Problems).Code);

    /// <summary>A misspelt word is compared letter by letter with those that are known, in a table of both lengths: a huge one must be refused without.</summary>
    [Theory]
    [InlineData("activation: relu", "activation: ")]
    [InlineData("type: rsi", "type: ")]
    [InlineData("name: sound", "name: sound\n")]
    public void Read_HugeWord_IsRefusedWithoutComparingItsLetters(string piece, string before)
    {
        var word = new string('x', 900_000);
        var text = StrategyTexts.With(piece, before.EndsWith('\n') ? $"{before}{word}: 1" : before + word);
        IReadOnlyList<Problem> problems = [];

        var allocated = Allocated(() => problems = [.. StrategyReader.Read(text).Errors]);

        Assert.True(Assert.Single(problems).Message.Length < 2000);

        // Beside a known word of four letters alone the table would take 900 001 x 5 numbers of four bytes.
        Assert.InRange(allocated, 1, (900_001L * 5 * 4) - 1);
    }

    /// <summary>What each unknown key costs does not grow with how many there are.</summary>
    [Fact]
    public void Read_ManyUnknownKeys_CostEachTheSame()
    {
        const int few = 500, many = 4_000;
        var (fewText, manyText) = (WithUnknown(few), WithUnknown(many));
        StrategyReader.Read(fewText);

        var perFew = Allocated(() => Assert.Equal(few, StrategyReader.Read(fewText).Errors.Count())) / few;
        var perMany = Allocated(() => Assert.Equal(many, StrategyReader.Read(manyText).Errors.Count())) / many;

        Assert.InRange(perMany, 1, 2 * perFew);
    }

    private static string WithUnknown(int count) => StrategyTexts.Sound + "\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"unknown_key_number_{i}: 1\n"));

    /// <summary>Bytes that a piece of work allocates on this thread: a measure of it that no other load of the machine changes.</summary>
    private static long Allocated(Action work)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void Read_AnyCutOrMutilatedDocument_IsADocumentOrHasErrors()
    {
        for (var cut = 0; cut < StrategyTexts.Sound.Length; cut += 7)
        {
            AssertReadOrRefused(StrategyTexts.Sound[..cut]);
            AssertReadOrRefused(StrategyTexts.Sound.Remove(cut, 1));
            AssertReadOrRefused(StrategyTexts.Sound.Insert(cut, "["));
            AssertReadOrRefused(StrategyTexts.Sound.Insert(cut, "\n- ~: \""));
        }

        foreach (var text in FullDocuments.Strategies.Append(FullDocuments.Ensemble))
        {
            for (var cut = 0; cut < text.Length; cut += 11)
            {
                foreach (var mutilated in (string[])[text[..cut], text.Remove(cut, 1), text.Insert(cut, "{"), text.Insert(cut, "-")])
                {
                    AssertReadOrRefused(mutilated);
                    var ensemble = EnsembleReader.Read(mutilated);
                    Assert.Equal(ensemble.Document is null, ensemble.Errors.Any());
                    StrategyMigration.Of(mutilated);
                }
            }
        }
    }

    private static void AssertReadOrRefused(string text)
    {
        var reading = StrategyReader.Read(text);
        Assert.Equal(reading.Document is null, reading.Errors.Any());
        Assert.All(reading.Problems, problem => Assert.NotEmpty(problem.Message));
    }
}
