using System.IO.Compression;
using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Xunit;

namespace Ktrdr.Tests.MarketData;

public sealed class CsvBarsTests
{
    private const string Header = "timestamp,open,high,low,close,volume\n";
    private const long Noon = 1_704_110_400_000L; // 2024-01-01T12:00:00Z

    [Theory]
    [InlineData("2024-01-01T12:00:00Z")]
    [InlineData("2024-01-01 12:00:00")]
    [InlineData("2024-01-01 12:00:00+00:00")]
    [InlineData("2024-01-01T14:00:00+02:00")]
    [InlineData("2024-01-01T07:00-0500")]
    [InlineData("2024-01-01T12:00:00.000Z")]
    [InlineData("2024/01/01 12:00")]
    [InlineData("2024.01.01 12:00")]
    [InlineData("20240101 120000")]
    [InlineData("\"2024-01-01T12:00:00Z\"")]
    [InlineData("1704110400")]
    [InlineData("1704110400.0")]
    [InlineData("1704110400000")]
    [InlineData("1704110400000000")]
    public void Read_EveryTimeForm_IsTheSameMoment(string time)
        => Assert.Equal(Noon, Import($"{Header}{time},1,3,0.5,2,10\n").Bars.Times[0]);

    [Theory]
    [InlineData(",")]
    [InlineData(";")]
    [InlineData("\t")]
    [InlineData("|")]
    public void Read_EveryDelimiterAndAlias_ReadsTheColumns(string d)
    {
        var text = $"# made by hand\n# second line\nDate{d}Time{d}O{d}H{d}L{d}C{d}ignored{d}Vol\r\n2024.01.01{d}12:00{d}1.5{d}3.25{d}0.5{d}2{d}x y{d}1e3\r\n\r\n";
        var bars = Import(text).Bars;
        Assert.Equal((Noon, 1.5, 3.25, 0.5, 2.0, 1000.0), (bars.Times[0], bars.Open[0], bars.High[0], bars.Low[0], bars.Close[0], bars.Volume[0]));
        Assert.Equal(1, bars.Count);
    }

    [Theory]
    [InlineData("0.1")]
    [InlineData("123456789.123456")]
    [InlineData("1.0842021724855044")]
    [InlineData("0.00000000000000000001234")]
    [InlineData("9007199254740993")]
    [InlineData("12345678901234567890123")]
    [InlineData("2.5E-3")]
    [InlineData("+4.25")]
    public void Read_AnyNumber_IsTheNearestDouble(string number)
    {
        var value = Import($"{Header}2024-01-01T12:00:00Z,1,1,1,1,{number}\n").Bars.Volume[0];
        Assert.Equal(double.Parse(number, System.Globalization.CultureInfo.InvariantCulture), value);
    }

    [Fact]
    public void Read_Gzip_IsRecognisedByItsFirstBytes()
    {
        var plain = Rows(100);
        var bars = CsvBars.Read(new MemoryStream(Gzip(plain)), Options()).Bars;
        Assert.Equal(Import(plain).Bars.ContentHash, bars.ContentHash);
        Assert.Equal(100, bars.Count);
    }

    [Fact]
    public void Read_NoFinalNewlineByteOrderMarkAndCrLf_ReadsEveryRow()
    {
        var plain = Rows(3);
        var odd = "\uFEFF" + plain.TrimEnd('\n').Replace("\n", "\r\n");
        Assert.Equal(Import(plain).Bars.ContentHash, Import(odd).Bars.ContentHash);
    }

    [Theory]
    [InlineData("", "empty_file")]
    [InlineData(" \n\n", "empty_file")]
    [InlineData("# only a remark\n", "empty_file")]
    [InlineData(Header, "no_rows")]
    [InlineData("open,high,low,close\n1,2,3,4\n", "missing_column")]
    [InlineData("time,open,high,low\n1,2,3,4\n", "missing_column")]
    [InlineData("time,open,high,low,close,close\n1,2,3,4,5,5\n", "ambiguous_column")]
    [InlineData("2024-01-01T12:00:00Z,1,3,0.5,2,10\n", "no_header")]
    [InlineData("PK\u0003\u0004binary", "not_text")]
    public void Read_NoUsableFile_IsATypedError(string text, string code)
        => Assert.Contains(Assert.Throws<InvalidInputException>(() => Import(text)).Problems, p => p.Code == code);

    [Fact]
    public void Read_TruncatedOrDamagedGzip_IsATypedError()
    {
        var whole = Gzip(Rows(5_000));
        foreach (var length in new[] { 2, 11, whole.Length / 2, whole.Length - 9, whole.Length - 4 })
        {
            var error = Assert.Throws<InvalidInputException>(() => CsvBars.Read(new MemoryStream(whole[..length]), Options()));
            Assert.Contains(error.Problems, p => p.Code == "damaged_gzip");
        }

        whole[whole.Length / 2] ^= 0xFF;
        Assert.Throws<InvalidInputException>(() => CsvBars.Read(new MemoryStream(whole), Options()));
    }

    [Fact]
    public void Read_Utf16_SaysSo()
    {
        var bytes = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Rows(2))).ToArray();
        var error = Assert.Throws<InvalidInputException>(() => CsvBars.Read(new MemoryStream(bytes), Options()));
        Assert.Equal("unsupported_encoding", Assert.Single(error.Problems).Code);
    }

    [Theory]
    [InlineData("2024-01-01T11:00:00Z,1,3,0.5,2,10", "unsorted", "2024-01-01T11:00:00Z")]
    [InlineData("2024-01-01T12:00:00Z,1,3,0.5,2,10", "duplicate", "2024-01-01T12:00:00Z")]
    [InlineData("2024-01-01T13:00:00Z,1,0.5,3,2,10", "high_below_low", "0.5")]
    [InlineData("2024-01-01T13:00:00Z,4,3,0.5,2,10", "outside_range", "4")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,0.25,10", "outside_range", "0.25")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0,2,10", "non_positive_price", "0")]
    [InlineData("2024-01-01T13:00:00Z,1,3,-1,2,10", "non_positive_price", "-1")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,2,-7", "negative_volume", "-7")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,abc,10", "invalid_number", "abc")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,NaN,10", "invalid_number", "NaN")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,Infinity,10", "invalid_number", "Infinity")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,,10", "invalid_number", "")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,1.2.3,10", "invalid_number", "1.2.3")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,2", "field_count", "5")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,2,10,11", "field_count", "7")]
    [InlineData("2024-13-01T13:00:00Z,1,3,0.5,2,10", "invalid_time", "2024-13-01T13:00:00Z")]
    [InlineData("2024-02-30,1,3,0.5,2,10", "invalid_time", "2024-02-30")]
    [InlineData("2024-01-01T24:00:00Z,1,3,0.5,2,10", "invalid_time", "2024-01-01T24:00:00Z")]
    [InlineData("01/02/2024,1,3,0.5,2,10", "invalid_time", "01/02/2024")]
    [InlineData("9999-12-31T13:00:00Z,1,3,0.5,2,10", "absurd_time", "9999-12-31T13:00:00Z")]
    [InlineData("1704110400000000000000,1,3,0.5,2,10", "invalid_time", "1704110400000000000000")]
    [InlineData("-9223372036854775808,1,3,0.5,2,10", "invalid_time", "-9223372036854775808")]
    [InlineData("2024-01-01T13:00:00Z,1,1e308,0.5,2,10", "absurd_price", "1E+308")]
    [InlineData("2024-01-01T13:00:00Z,1,3,1e-300,2,10", "absurd_price", "1E-300")]
    [InlineData("2024-01-01T13:00:00Z,1,3,0.5,2,1e300", "absurd_volume", "1E+300")]
    [InlineData("2024-01-01T13:00:60Z,1,3,0.5,2,10", "invalid_time", "2024-01-01T13:00:60Z")]
    [InlineData("2024-01-01T1a:00:00Z,1,3,0.5,2,10", "invalid_time", "2024-01-01T1a:00:00Z")]
    [InlineData("2024-01-01T13:00:00+3,1,3,0.5,2,10", "invalid_time", "2024-01-01T13:00:00+3")]
    public void Read_WrongRow_IsRejectedWithRowAndValue(string row, string code, string value)
    {
        var error = Assert.Throws<InvalidInputException>(() => Import($"{Header}2024-01-01T12:00:00Z,1,3,0.5,2,10\n{row}\n"));
        var problem = Assert.Single(error.Problems, p => p.Code == code);
        Assert.Equal(3, problem.Line);
        Assert.Equal(value, problem.Value);
        Assert.Contains("row 3", problem.Message);
    }

    [Fact]
    public void Read_ManyWrongRows_ListsTwentyAndTheCount()
    {
        var text = new StringBuilder(Header);
        for (var i = 0; i < 57; i++)
        {
            text.Append(i + 1_704_110_400).Append(",1,3,0.5,oops,10\n");
        }

        var error = Assert.Throws<InvalidInputException>(() => Import(text.ToString()));
        Assert.Equal(21, error.Problems.Count);
        Assert.Equal("57", error.Problems[^1].Value);
    }

    [Fact]
    public void Read_NewestFirst_GivesTheHint()
    {
        var rows = Rows(5).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var text = string.Join('\n', rows.Skip(1).Reverse().Prepend(rows[0]));
        var error = Assert.Throws<InvalidInputException>(() => Import(text));
        Assert.Contains(error.Problems, p => p.Code == "hint" && p.Message.Contains("newest to oldest"));
    }

    [Fact]
    public void Read_PolicyDrop_LeavesWrongRowsOutAndSaysSo()
    {
        var text = Rows(40).Replace("2024-01-02T00:00:00Z,", "2024-01-02T00:00:00Z,-").Replace("2024-01-02T05:00:00Z", "2024-01-02T04:00:00Z");
        var policy = new DataPolicy { InvalidPrice = PolicyAction.Drop, Duplicate = PolicyAction.Drop };
        var import = CsvBars.Read(Text(text), Options() with { Policy = policy });
        Assert.Equal(38, import.Bars.Count);
        Assert.Equal(14, Assert.Single(import.Findings, f => f.Code == "dropped_duplicate").Row - 5);
        Assert.Contains(import.Findings, f => f.Code == "dropped_non_positive_price" && f.Row == 14);
    }

    [Fact]
    public void Read_PolicyThatCannotBe_IsAnError()
        => Assert.Throws<InvalidInputException>(
            () => CsvBars.Read(Text(Rows(3)), Options() with { Policy = new DataPolicy { Unsorted = PolicyAction.Keep } }));

    [Fact]
    public void Read_Spike_IsKeptAndFlaggedByDefaultAndDroppedOnRequest()
    {
        var text = Rows(60).Replace("2024-01-02T00:00:00Z,100,101,99,100.5", "2024-01-02T00:00:00Z,100,190,99,100.5");
        var kept = Import(text);
        Assert.Equal(14, Assert.Single(kept.Findings, f => f.Code == "spike").Row);
        Assert.Equal(190.0, kept.Bars.High[12]);

        var dropped = CsvBars.Read(Text(text), Options() with { Policy = new DataPolicy { Spike = PolicyAction.Drop } });
        Assert.Equal(59, dropped.Bars.Count);
        Assert.Throws<InvalidInputException>(() => CsvBars.Read(Text(text), Options() with { Policy = new DataPolicy { Spike = PolicyAction.Reject } }));
    }

    [Fact]
    public void Read_Gaps_AreToldApart()
    {
        // Monday 2024-01-01 12:00 on: hourly bars, with Wednesday 03:00-05:59 and the weekend missing.
        var text = new StringBuilder(Header);
        for (var hour = 0; hour < 24 * 9; hour++)
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(Noon + hour * 3_600_000L);
            var isWeekend = time.DayOfWeek == DayOfWeek.Saturday || time.DayOfWeek == DayOfWeek.Sunday && time.Hour < 22 || time.DayOfWeek == DayOfWeek.Friday && time.Hour >= 22;
            if (!isWeekend && !(time.Day == 3 && time.Hour is >= 3 and < 6))
            {
                text.Append(time.ToUnixTimeSeconds()).Append(",1,3,0.5,2,10\n");
            }
        }

        var findings = Import(text.ToString()).Findings;
        Assert.Equal(1, Assert.Single(findings, f => f.Code == "gap_weekend").Count);
        Assert.Contains("3 h without bars", Assert.Single(findings, f => f.Code == "gap_unexpected").Message);
        Assert.Equal(2, findings.Count);
        Assert.Throws<InvalidInputException>(
            () => CsvBars.Read(Text(text.ToString()), Options() with { Policy = new DataPolicy { Gap = PolicyAction.Reject } }));
    }

    [Fact]
    public void Read_ZeroAndMissingVolume_AreKeptAndFlagged()
    {
        var import = Import($"{Header}2024-01-01T12:00:00Z,1,3,0.5,2,0\n2024-01-01T13:00:00Z,1,3,0.5,2,\n2024-01-01T14:00:00Z,1,3,0.5,2,-1\n");
        Assert.Equal(0.0, import.Bars.Volume[0]);
        Assert.True(double.IsNaN(import.Bars.Volume[1]) && double.IsNaN(import.Bars.Volume[2]));
        Assert.Contains(import.Findings, f => f.Code == "zero_volume");
        Assert.Contains(import.Findings, f => f.Code == "missing_volume" && f.Count == 2);
    }

    [Fact]
    public void Read_WrongTimeframe_NamesTheRightOne()
    {
        var error = Assert.Throws<InvalidInputException>(() => CsvBars.Read(Text(Rows(30)), Options() with { Timeframe = Timeframe.OneDay }));
        var problem = Assert.Single(error.Problems);
        Assert.Equal(("wrong_timeframe", "1h"), (problem.Code, problem.Suggestion));
        Assert.Throws<InvalidInputException>(() => CsvBars.Read(Text(Rows(30)), Options() with { Timeframe = Timeframe.OneMinute }));
    }

    [Fact]
    public void Read_NoTimeframe_IsTakenFromTheRowsWithAFinding()
    {
        var import = CsvBars.Read(Text(Rows(30)), Options() with { Timeframe = null });
        Assert.Equal(Timeframe.OneHour, import.Bars.Timeframe);
        Assert.Contains(import.Findings, f => f.Code == "timeframe_inferred");
    }

    [Fact]
    public void Read_OneRowAndNoTimeframe_SaysThatItDoesNotShowOne()
    {
        var error = Assert.Throws<InvalidInputException>(() => CsvBars.Read(Text(Rows(1)), Options() with { Timeframe = null }));

        Assert.Contains("a single row does not show it; allowed: 1m,", Assert.Single(error.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingColumnsAllowed_FillsThemAndSaysSo()
    {
        var import = CsvBars.Read(
            Text("date,open,close\n2024-01-01,5,4\n2024-01-02,4,6\n"), Options() with { Timeframe = Timeframe.OneDay, AllowMissingColumns = true });
        Assert.Equal([5.0, 6.0], import.Bars.High.ToArray());
        Assert.Equal([4.0, 4.0], import.Bars.Low.ToArray());
        Assert.Equal(2, import.Findings.Count(f => f.Code == "filled_column"));
        Assert.Throws<InvalidInputException>(() => CsvBars.Read(
            Text("date,close\n2024-01-01,5\n"), Options() with { AllowMissingColumns = true, RequiredColumns = ["high"] }));
    }

    [Fact]
    public void Read_LocalTimeZone_KnowsDaylightSaving()
    {
        var text = $"{Header}2024-03-10 01:00,1,3,0.5,2,1\n2024-03-10 03:00,1,3,0.5,2,1\n2024-03-10 04:00,1,3,0.5,2,1\n";
        var options = Options() with { TimeZone = "America/New_York" };
        var times = CsvBars.Read(Text(text), options).Bars.Times.ToArray();
        Assert.Equal([3_600_000L, 3_600_000L], [times[1] - times[0], times[2] - times[1]]);

        var absent = Assert.Throws<InvalidInputException>(() => CsvBars.Read(Text(text.Replace("03:00", "02:00")), options));
        Assert.Contains("clocks went forward", absent.Message);

        var twice = CsvBars.Read(Text($"{Header}2024-11-03 00:00,1,3,0.5,2,1\n2024-11-03 01:00,1,3,0.5,2,1\n2024-11-03 01:00,1,3,0.5,2,1\n2024-11-03 02:00,1,3,0.5,2,1\n"), options);
        Assert.Equal(3 * 3_600_000L, twice.Bars.Times[3] - twice.Bars.Times[0]);
        Assert.Contains(twice.Findings, f => f.Code == "dst_ambiguous" && f.Count == 2);
        Assert.Throws<InvalidInputException>(() => CsvBars.Read(Text(text), Options() with { TimeZone = "Mars/Olympus" }));
    }

    [Fact]
    public void Read_MoreBytesThanAllowed_IsATypedError()
    {
        var error = Assert.Throws<InvalidInputException>(
            () => CsvBars.Read(new MemoryStream(Gzip(Rows(50_000))), Options() with { MaximumBytes = 200_000 }));
        Assert.Equal("file_too_large", Assert.Single(error.Problems).Code);
    }

    private static CsvOptions Options() => new() { Symbol = "TEST", Timeframe = Timeframe.OneHour };

    private static CsvImport Import(string text) => CsvBars.Read(Text(text), Options());

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    private static byte[] Gzip(string text)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return buffer.ToArray();
    }

    /// <summary>Hourly rows from 2024-01-01T12:00:00Z on, moving up and down a little.</summary>
    private static string Rows(int count)
    {
        var text = new StringBuilder(Header);
        for (var i = 0; i < count; i++)
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(Noon + i * 3_600_000L);
            text.Append($"{time:yyyy-MM-dd'T'HH:mm:ss'Z'},100,101,99,{(i % 2 == 0 ? "100.5" : "99.5")},10\n");
        }

        return text.ToString();
    }
}
