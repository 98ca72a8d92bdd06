using System.Globalization;
using System.IO.Compression;
using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Xunit;
using static Ktrdr.Tests.MarketData.MarketCalendarTests;

namespace Ktrdr.Tests.MarketData;

/// <summary>Files as other programs write them.</summary>
public sealed class CsvShapesTests
{
    private const long Noon = 1_704_110_400_000L; // 2024-01-01T12:00:00Z

    [Theory]
    [InlineData("Gmt time,Open,High,Low,Close,Volume\n01.01.2024 12:00:00.000,1.5,3.25,0.5,2,10\n", "dd.MM.yyyy HH:mm:ss.fff")] // Dukascopy
    [InlineData("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n2024.01.01\t12:00:00\t1.5\t3.25\t0.5\t2\t99\t10\t3\n", null)] // MetaTrader 5
    [InlineData("<TICKER>,<DTYYYYMMDD>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\nEURUSD,20240101,120000,1.5,3.25,0.5,2,10\n", null)] // MetaStock
    [InlineData("Datum;Uhrzeit;Open;High;Low;Close;Volume\n01.01.2024;12:00;1,5;3,25;0,5;2;10\n", "dd.MM.yyyy HH:mm", "date;time;open;high;low;close;volume")]
    [InlineData("sep=;\nDate;Open;High;Low;Close;Volume\n2024-01-01 12:00;1,5;3,25;0,5;2;10\n", null)]
    [InlineData("Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-01T12:00:00Z,1.5,3.25,0.5,2,1.9,10\n", null)] // Yahoo
    [InlineData("unix,date,symbol,open,high,low,close,Volume BTC,volume\n1704110400,2024-01-01 12:00:00,BTC/USD,1.5,3.25,0.5,2,7,10\n", null)] // CryptoDataDownload
    [InlineData("timestamp|open|high|low|close|volume\n1704110400000|1.5|3.25|0.5|2|10\n", null)]
    [InlineData("timestamp,open,high,low,close,volume\n1704110400000000000,1.5,3.25,0.5,2,10\n", null)]
    [InlineData("ts,o,h,l,c,v\n1704110400,1.5,3.25,0.5,2,10\n", "unix")]
    [InlineData("Date,Open,High,Low,Close/Last,Volume\n01/01/2024 12:00 PM,1.5,3.25,0.5,2,10\n", "MM/dd/yyyy hh:mm tt")]
    [InlineData("Date,Open,High,Low,Close,Volume\n1-Jan-24 12:00,1.5,3.25,0.5,2,10\n", "d-MMM-yy HH:mm")]
    [InlineData("\"Date\",\"Open\",\"High\",\"Low\",\"Close\",\"Volume\"\n\"2024-01-01T12:00:00Z\",\"1.5\",\"3.25\",\"0.5\",\"2\",\"10\"\n", null)]
    [InlineData("20240101 120000;1.5;3.25;0.5;2;10\n", null, "datetime;open;high;low;close;volume")] // HistData, no header
    [InlineData("2024-01-01,12:00,1.5,3.25,0.5,2,10\n", null, "date;time;open;high;low;close;volume")]
    public void Read_ShapesOfOtherPrograms_AreTheSameBar(string text, string? format, string? columns = null)
    {
        // A header in another language is stepped over by cutting it off and stating the columns.
        var body = columns is not null && char.IsAsciiLetter(text[0]) ? text[(text.IndexOf('\n') + 1)..] : text;
        var bars = Import(body, format, columns: columns?.Split(';')).Bars;

        Assert.Equal((1, Noon, 1.5, 3.25, 0.5, 2.0), (bars.Count, bars.Times[0], bars.Open[0], bars.High[0], bars.Low[0], bars.Close[0]));
        Assert.Equal(10.0, bars.Volume[0]);
    }

    /// <summary>Three days, their rows at the lines where a text editor has them.</summary>
    [Theory]
    [InlineData("date,open,high,low,close,volume\r2024-01-01,1,3,0.5,2,10\r2024-01-02,1,3,0.5,2,10\r2024-01-03,1,3,0.5,2,10")] // old Mac
    [InlineData("date,open,high,low,close,volume\r2024-01-01,1,3,0.5,2,10\r2024-01-02,1,3,0.5,2,10\r2024-01-03,1,3,0.5,2,10\r")]
    [InlineData("date,open,high,low,close,volume\r2024-01-01,1,3,0.5,2,10\r2024-01-02,1,3,0.5,2,10\r2024-01-03,1,3,0.5,2,10\n")]
    [InlineData("\uFEFFdate,open,high,low,close,volume\r\r2024-01-01,1,3,0.5,2,10\r2024-01-02,1,3,0.5,2,10\r\r2024-01-03,1,3,0.5,2,10\r")]
    [InlineData("date,open,high,low,close,volume\r\n2024-01-01,1,3,0.5,2,10\n2024-01-02,1,3,0.5,2,10\r\n2024-01-03,1,3,0.5,2,10")] // two kinds
    [InlineData("date,open,high,low,close,volume\n2024-01-01,1,3,0.5,2,10\r\n2024-01-02,1,3,0.5,2,10\n2024-01-03,1,3,0.5,2,10\r\n")]
    [InlineData("date,open,high,low,close,volume\r\r\n2024-01-01,1,3,0.5,2,10\r\r\n2024-01-02,1,3,0.5,2,10\r\r\n2024-01-03,1,3,0.5,2,10\r\r\n")]
    [InlineData("\uFEFF\ndate,open,high,low,close,volume\n\n2024-01-01,1,3,0.5,2,10\n   \n\r\n2024-01-02,1,3,0.5,2,10\n2024-01-03,1,3,0.5,2,10\n\n\n")] // blank lines
    [InlineData("date,open,high,low,close,volume,\n2024-01-01,1,3,0.5,2,10,\n2024-01-02,1,3,0.5,2,10,\n2024-01-03,1,3,0.5,2,10,\n")] // a delimiter behind the last
    [InlineData("\"name, long\",date,open,high,low,close,volume\n\"Foo, Inc\",2024-01-01,1,3,0.5,2,10\n\"Foo \"\"the, first\"\", Inc\",2024-01-02,1,3,0.5,2,10\n\"\",2024-01-03,1,3,0.5,2,10\n")]
    [InlineData("date,open,high,low,close,volume,note\n2024-01-01,1,3,0.5,2,10,\"a,b\"\n2024-01-02,1,3,0.5,2,10,\n2024-01-03,1,3,0.5,2,10, \"c,,d\" \n")]
    [InlineData("\"date,open,high,low,close,volume\"\n\"2024-01-01,1,3,0.5,2,10\"\n\"2024-01-02,1,3,0.5,2,10\"\n\"2024-01-03,1,3,0.5,2,10\"\n")] // a row as one field
    [InlineData("name;date;open;high;low;close;volume\n\"a;b,c\";2024-01-01;1,0;3,0;0,5;2,0;10\n\"a;b,c\";2024-01-02;1,0;3,0;0,5;2,0;10\nx;2024-01-03;1,0;3,0;0,5;2,0;10\n")]
    public void Read_LineEndsAndQuotesOfAnyKind_AreTheSameBars(string text)
    {
        var bars = Import(text, timeframe: Timeframe.OneDay).Bars;

        Assert.Equal([1_704_067_200_000L, 1_704_153_600_000L, 1_704_240_000_000L], bars.Times.ToArray());
        Assert.Equal([1.0, 1.0, 1.0], bars.Open.ToArray());
        Assert.Equal([0.5, 0.5, 0.5], bars.Low.ToArray());
        Assert.Equal([10.0, 10.0, 10.0], bars.Volume.ToArray());
    }

    [Theory]
    [InlineData("date,open,high,low,close\n2024-01-01,1,3,0.5,2\n2024-01-02,1,3,0.5,2\r2024-01-03,1,3,0.5,2\n", "mixed_line_ends", 3)]
    [InlineData("date,open,high,low,close,note\n2024-01-01,1,3,0.5,2,a\n2024-01-02,1,3,0.5,2,b\r2024-01-03,1,3,0.5,2,c\n", "mixed_line_ends", 3)]
    [InlineData("# remark\ndate,open,high,low,close\r2024-01-01,1,3,0.5,2\r2024-01-02,1,3,0.5,2\n", "mixed_line_ends", 2)]
    [InlineData("date,open,high,low,close\n2024-01-01,1,3,0.5,2,\n", "field_count", 2)]
    [InlineData("date,open,high,low,close\r2024-01-01,1,3,0.5,2\r\r2024-01-02,1,x,0.5,2\r", "invalid_number", 4)]
    [InlineData("date,open,high,low,close\n2024-01-01,\"1,000\",3000,0.5,2\n", "invalid_number", 2)]
    public void Read_LineEndsOrFieldsThatDoNotFit_AreRefusedByNameAndLine(string text, string code, int line)
    {
        var problem = Assert.Single(Assert.Throws<InvalidInputException>(() => Import(text, timeframe: Timeframe.OneDay)).Problems);

        Assert.Equal((code, line), (problem.Code, problem.Line));
    }

    [Fact]
    public void Read_AdjustedCloseAlone_IsReadWithAFinding()
    {
        var import = Import("date,open,high,low,adj close\n2024-01-01,1,3,0.5,2\n");
        Assert.Equal(2.0, import.Bars.Close[0]);
        Assert.Contains(import.Findings, f => f.Code == "adjusted_close");
        Assert.DoesNotContain(Import("date,open,high,low,close,adj close\n2024-01-01,1,3,0.5,2,1\n").Findings, f => f.Code == "adjusted_close");
    }

    [Theory]
    [InlineData("date;open;high;low;close\n2024-01-01;1,5;3;0,5;2\n2024-01-02;1.5;3;0,5;2\n", "invalid_number")]
    [InlineData("date;open;high;low;close\n2024-01-01;1.500,5;3000;0,5;2\n", "invalid_number")]
    [InlineData("date,open,high,low,close\n01.02.2024,1,3,0.5,2\n", "invalid_time")]
    public void Read_AmbiguousNumbersAndDates_AreRefusedByRow(string text, string code)
        => Assert.Contains(Assert.Throws<InvalidInputException>(() => Import(text)).Problems, p => p.Code == code && p.Line is not null);

    [Theory]
    [InlineData("dd.MM")]
    [InlineData("yyyy-MM-dd hh:mm")]
    [InlineData("yyyy-MM-dd yyyy")]
    [InlineData("")]
    public void Read_FormThatNamesNoMoment_IsATypedError(string format)
        => Assert.Equal("invalid_time_format", Assert.Throws<InvalidInputException>(() => Import("date,open,high,low,close\n2024-01-01,1,3,0.5,2\n", format)).Problems[0].Code);

    [Fact]
    public void Read_TimesOfAnotherFormThanStated_AreRefused()
        => Assert.Equal("invalid_time", Assert.Throws<InvalidInputException>(() => Import("date,open,high,low,close\n2024-01-01,1,3,0.5,2\n", "dd.MM.yyyy")).Problems[0].Code);

    [Fact]
    public void Read_LocalTimesOverBothChangesOfTheClocks_AreFindingsOrRefused()
    {
        var text = "time,open,high,low,close\n" + string.Join('\n', new[] { "2024-11-03 00:00", "2024-11-03 01:00", "2024-11-03 01:00", "2024-11-03 02:00" }.Select(t => t + ",1,3,0.5,2"));
        var import = Import(text, zone: "America/New_York", timeframe: Timeframe.OneHour);

        Assert.Equal([Time("2024-11-03T04:00Z"), Time("2024-11-03T05:00Z"), Time("2024-11-03T06:00Z"), Time("2024-11-03T07:00Z")], import.Bars.Times.ToArray());
        Assert.Contains(import.Findings, f => f is { Code: "dst_ambiguous", Count: 2 });
        var error = Assert.Throws<InvalidInputException>(() => Import("time,open,high,low,close\n2024-03-10 02:30,1,3,0.5,2\n", zone: "America/New_York"));
        Assert.Contains("does not exist in America/New_York", error.Message);
    }

    [Fact]
    public void Read_LocalTimesOverYears_AgreeWithTheZoneRowByRow()
    {
        var text = new StringBuilder("time,open,high,low,close\n");
        var utc = new List<long>();
        var zone = NodaTime.DateTimeZoneProviders.Tzdb["Europe/Berlin"];
        for (var hour = 0; hour < 3 * 8_766; hour++)
        {
            var moment = NodaTime.Instant.FromUtc(2019, 1, 1, 0, 0).Plus(NodaTime.Duration.FromHours(hour));
            utc.Add(moment.ToUnixTimeMilliseconds());
            text.Append(moment.InZone(zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)).Append(",1,3,0.5,2\n");
        }

        Assert.Equal(utc, Import(text.ToString(), zone: "Europe/Berlin").Bars.Times.ToArray());
    }

    [Fact]
    public void Read_ExchangeTimesSaidToBeUtc_AreOutsideOfSessionsAndShift()
    {
        var import = Import(Sessions(hours: date => 9 + 5), symbol: "SPY", timeframe: Timeframe.OneHour);
        Assert.Contains(import.Findings, f => f.Code == "dst_shift");
        Assert.DoesNotContain(Import(Sessions(hours: IsSummer), symbol: "SPY", timeframe: Timeframe.OneHour).Findings, f => f.Code == "dst_shift");
        Assert.Contains(Import(Sessions(hours: date => 3), symbol: "SPY", timeframe: Timeframe.OneHour).Findings, f => f.Code == "outside_session");

        static int IsSummer(DateTime date) => date >= new DateTime(2023, 3, 12) && date < new DateTime(2023, 11, 5) ? 13 : 14;
        static string Sessions(Func<DateTime, int> hours)
        {
            var text = new StringBuilder("time,open,high,low,close\n");
            for (var date = new DateTime(2023, 1, 16); date.Year == 2023; date = date.AddDays(1))
            {
                for (var i = 0; i < 7 && date.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday); i++)
                {
                    text.Append(date.AddHours(hours(date) + i).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)).Append(",1,3,0.5,2\n");
                }
            }

            return text.ToString();
        }
    }

    [Fact]
    public void Read_RandomNumbersOfEveryLength_AreTheNearestDoubles()
    {
        var generator = new Generator(7, "numbers");
        for (var round = 0; round < 2_000; round++)
        {
            var whole = new string([.. Enumerable.Range(0, generator.NextInt(10)).Select(_ => (char)('0' + generator.NextInt(10)))]);
            var fraction = new string([.. Enumerable.Range(0, generator.NextInt(10)).Select(_ => (char)('0' + generator.NextInt(10)))]);
            var number = $"{whole}{(fraction.Length > 0 || whole.Length == 0 ? "." : "")}{fraction}{(whole.Length + fraction.Length == 0 ? "0" : "")}";
            var expected = double.Parse(number, CultureInfo.InvariantCulture);
            var volume = Import($"time,volume,open,high,low,close\n1704110400,{number},1,3,0.5,2\n").Bars.Volume[0];
            Assert.True(BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(volume), $"{number} was read as {volume:R}");
        }
    }

    [Fact]
    public void Read_ManyRandomPrices_AreTheNearestDoubles()
    {
        var generator = new Generator(8, "prices");
        var (text, expected) = (new StringBuilder("time,open,high,low,close,volume\n"), new List<double>());
        for (var row = 0; row < 100_000; row++)
        {
            var digits = 1 + generator.NextInt(14);
            var number = new string([.. Enumerable.Range(0, digits).Select(i => (char)('0' + (i == 0 ? 1 + generator.NextInt(9) : generator.NextInt(10))))]);
            number = number.Insert(generator.NextInt(digits + 1), ".");
            expected.Add(double.Parse(number, CultureInfo.InvariantCulture));
            text.Append(CultureInfo.InvariantCulture, $"{1_104_537_600L + row * 3_600L},1,3,0.5,2,{number}\n");
        }

        Assert.Equal(expected, Import(text.ToString()).Bars.Volume.ToArray());
    }

    [Fact]
    public void Read_GzipBomb_IsRefusedEarly()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 200; i++)
            {
                gzip.Write(zeros);
            }
        }

        packed.Position = 0;
        var error = Assert.Throws<InvalidInputException>(() => CsvBars.Read(packed, new CsvOptions { Symbol = "X" }));
        Assert.Equal("gzip_bomb", error.Problems[0].Code);
    }

    private static CsvImport Import(
        string text, string? format = null, string[]? columns = null, string zone = "UTC", Timeframe? timeframe = null, string symbol = "X")
    {
        var rows = text.Count(c => c == '\n');
        var options = new CsvOptions
        {
            Symbol = symbol,
            Timeframe = timeframe ?? (rows < 4 ? Timeframe.OneHour : null),
            TimeZone = zone,
            TimeFormat = format,
            Columns = columns,
        };
        return CsvBars.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), options);
    }
}
