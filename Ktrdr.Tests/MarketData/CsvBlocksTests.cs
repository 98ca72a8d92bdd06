using System.Globalization;
using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.MarketData;

/// <summary>
/// Rows that are read in blocks against the same rows read one by one: a last column of more characters than a block's rows may have changes nothing about
/// their content. Bars must have the same bits; findings and problems the same rows and words.
/// </summary>
public sealed class CsvBlocksTests
{
    private const string Characters = "0123456789.,;-+eE:TZ \"x";
    private static readonly string LongNote = new('x', 70);

    [Theory]
    [InlineData(',', '.', "time,open,high,low,close,volume", false)]
    [InlineData(';', ',', "time;volume;x;close;low;high;open", false)]
    [InlineData('\t', '.', "time\tlow\topen\thigh\tclose", true)]
    public void Read_RowsWithRandomMistakes_AreTheRowsReadOneByOne(char delimiter, char mark, string header, bool endsInReturn)
    {
        var generator = new Generator(11, header);
        var (imported, refused) = (0, 0);
        for (var round = 0; round < 90; round++)
        {
            var oneIn = new[] { int.MaxValue, 700, 30, 3 }[round % 4];
            var rows = Rows(generator, header.Split(delimiter), delimiter, mark, 1 + generator.NextInt(1_600), oneIn);
            var policy = round % 3 == 0 ? new DataPolicy() : new DataPolicy
            {
                Unsorted = PolicyAction.Drop,
                Duplicate = PolicyAction.Drop,
                Malformed = PolicyAction.Drop,
                InvalidPrice = round % 3 == 1 ? PolicyAction.Drop : PolicyAction.Keep,
                Spike = round % 2 == 0 ? PolicyAction.Drop : PolicyAction.Keep,
            };
            var end = endsInReturn ? "\r\n" : "\n";
            var inBlocks = Outcome(header + end + string.Concat(rows.Select(r => r + end)), policy);
            var oneByOne = Outcome($"{header}{delimiter}note{end}" + string.Concat(rows.Select(r => r.Length == 0 ? end : r + delimiter + LongNote + end)), policy);

            Assert.Equal(oneByOne.Problems, inBlocks.Problems);
            Assert.Equal(oneByOne.Findings, inBlocks.Findings);
            Assert.Equal(oneByOne.Bars, inBlocks.Bars);
            (imported, refused) = inBlocks.Bars is null ? (imported, refused + 1) : (imported + 1, refused);
        }

        Assert.True(imported > 30 && refused > 10, $"{imported} files were imported and {refused} refused: both must be seen");
    }

    [Theory]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(1_024)]
    public void Read_WrongRowAtTheEdgeOfABlock_IsNamedByItsLine(int at)
    {
        var rows = Enumerable.Range(0, 1_600).Select(i => $"{1_704_067_200 + i * 3_600},5,6,4,{(i == at ? 7 : 5)},1\n");
        var problem = Assert.Throws<InvalidInputException>(() => Read("time,open,high,low,close,volume\n" + string.Concat(rows), new DataPolicy())).Problems[0];
        Assert.Equal(("outside_range", at + 2), (problem.Code, problem.Line));
    }

    private static (string[]? Bars, string[] Findings, string[] Problems) Outcome(string text, DataPolicy policy)
    {
        try
        {
            var (bars, findings) = Read(text, policy);
            return (
                [.. Enumerable.Range(0, bars.Count).Select(i => string.Create(
                    CultureInfo.InvariantCulture, $"{bars.Times[i]} {bars.Open[i]:R} {bars.High[i]:R} {bars.Low[i]:R} {bars.Close[i]:R} {bars.Volume[i]:R}"))],
                [.. findings.Select(f => $"{f.Row} {f.Code} {f.Count} {Words(f.Code, f.Message)}")],
                []);
        }
        catch (InvalidInputException refused)
        {
            return (null, [], [.. refused.Problems.Select(p => $"{p.Line} {p.Code} {Words(p.Code, p.Message)}")]);
        }

        // The long rows have one field more.
        static string Words(string code, string message) => code.Contains("field_count", StringComparison.Ordinal) ? "" : message;
    }

    private static CsvImport Read(string text, DataPolicy policy)
        => CsvBars.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), new CsvOptions { Symbol = "X", Timeframe = Timeframe.OneHour, Policy = policy });

    private static List<string> Rows(Generator generator, string[] header, char delimiter, char mark, int count, int oneIn)
    {
        var rows = new List<string>();
        var (price, time) = (100.0, DateTime.UnixEpoch.AddYears(50));
        for (var i = 0; i < count; i++)
        {
            var open = price;
            price *= 1.0 + 0.01 * generator.NextGaussian();
            var decimals = "F" + generator.NextInt(8);
            var fields = header.Select(name => name switch
            {
                "time" => time.ToString((i % 3) switch { 0 => "yyyy-MM-dd HH:mm:ss", 1 => "yyyy-MM-dd'T'HH:mm'Z'", _ => "yyyy-MM-dd'T'HH:mm:ss'+00:00'" }, CultureInfo.InvariantCulture),
                "open" => Text(open),
                "high" => Text(Math.Max(open, price) * 1.1 + 1.0),
                "low" => Text(Math.Min(open, price) * 0.9 - 1.0),
                "close" => Text(price),
                "volume" => generator.NextInt(100_000).ToString(CultureInfo.InvariantCulture),
                _ => "note",
            });
            var row = string.Join(delimiter, fields);
            rows.Add(generator.NextInt(oneIn) == 0 ? Spoil(generator, row, rows) : row);
            time = time.AddHours(1);

            string Text(double value) => value.ToString(decimals, CultureInfo.InvariantCulture).Replace('.', mark);
        }

        return rows;
    }

    private static string Spoil(Generator generator, string row, List<string> before)
    {
        var at = generator.NextInt(row.Length);
        return generator.NextInt(6) switch
        {
            0 => row.Remove(at, 1),
            1 => row.Insert(at, Characters[generator.NextInt(Characters.Length)].ToString()),
            2 => row.Insert(at, "1234567890123"),
            3 => before.Count > 0 ? before[generator.NextInt(before.Count)] : "",
            4 => "",
            _ => row[..at] + Characters[generator.NextInt(Characters.Length)] + row[(at + 1)..],
        };
    }
}
