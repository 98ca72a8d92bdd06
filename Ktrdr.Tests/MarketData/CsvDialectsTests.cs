using System.Globalization;
using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.MarketData;

/// <summary>The same bars in every dialect a program may write them in, drawn from seeds, whole and damaged: they are read to the bit, or refused with a typed error.</summary>
public sealed class CsvDialectsTests
{
    private const int Files = 400;

    [Fact]
    public void Read_AnyDialect_GivesTheBars()
    {
        for (var seed = 0UL; seed < Files; seed++)
        {
            var dialect = new Dialect(seed);
            var (text, expected) = dialect.Write();
            var bars = CsvBars.Read(Stream(Encoding.UTF8.GetBytes(text)), dialect.Options).Bars;

            Assert.True(expected.ContentHash == bars.ContentHash, $"seed {seed} was read as other bars:\n{text[..Math.Min(300, text.Length)]}");
        }
    }

    [Fact]
    public void Read_DamagedFile_IsSoundBarsOrATypedError()
    {
        for (var seed = 0UL; seed < Files; seed++)
        {
            var dialect = new Dialect(seed);
            var bytes = Encoding.UTF8.GetBytes(dialect.Write().Text);
            var generator = new Generator(seed, "damage");
            for (var round = 0; round < 3; round++)
            {
                var options = dialect.Options with
                {
                    Timeframe = generator.NextInt(2) == 0 ? null : dialect.Options.Timeframe,
                    AllowMissingColumns = generator.NextInt(4) == 0,
                    Policy = generator.NextInt(2) == 0 ? new DataPolicy() : new DataPolicy { Unsorted = PolicyAction.Drop, Duplicate = PolicyAction.Drop, Malformed = PolicyAction.Drop, InvalidPrice = PolicyAction.Drop },
                };
                Sound(Damage(bytes, generator), options, seed);
            }
        }
    }

    /// <summary>Half an hour of change, an hour, none; changes at midnight; halves and quarters of an hour beside UTC.</summary>
    [Theory]
    [InlineData("America/New_York")]
    [InlineData("Europe/London")]
    [InlineData("America/Sao_Paulo")]
    [InlineData("America/St_Johns")]
    [InlineData("Asia/Kolkata")]
    [InlineData("Pacific/Apia")]
    [InlineData("Australia/Lord_Howe")]
    public void Read_LocalTimesOfQuarterHours_AreTheMomentsOverEveryChangeOfTheClocks(string name)
    {
        var zone = NodaTime.DateTimeZoneProviders.Tzdb[name];
        var first = NodaTime.Instant.FromUtc(2010, 1, 5, 0, 0);
        var moments = Enumerable.Range(0, 2 * 366 * 96).Select(i => first.Plus(NodaTime.Duration.FromMinutes(15 * i))).ToArray();
        var text = new StringBuilder("time,open,high,low,close\n");
        foreach (var moment in moments)
        {
            text.Append(moment.InZone(zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)).Append(",1,3,0.5,2\n");
        }

        var options = new CsvOptions { Symbol = "X", Timeframe = Timeframe.Parse("15m"), TimeZone = name };
        Assert.Equal(moments.Select(m => m.ToUnixTimeMilliseconds()), CsvBars.Read(Stream(Encoding.UTF8.GetBytes(text.ToString())), options).Bars.Times.ToArray());
    }

    private static void Sound(byte[] bytes, CsvOptions options, ulong seed)
    {
        BarSeries bars;
        try
        {
            bars = CsvBars.Read(Stream(bytes), options).Bars;
        }
        catch (InvalidInputException refused)
        {
            Assert.All(refused.Problems, p => Assert.True(p.Code.Length > 0 && !p.Message.Contains('\n', StringComparison.Ordinal), $"seed {seed}: {p.Message}"));
            return;
        }

        for (var i = 0; i < bars.Count; i++)
        {
            var (open, high, low, close) = (bars.Open[i], bars.High[i], bars.Low[i], bars.Close[i]);
            Assert.True(low > 0 && high >= Math.Max(open, close) && low <= Math.Min(open, close) && double.IsFinite(high), $"seed {seed}, bar {i}: {open} {high} {low} {close}");
            Assert.True(i == 0 || bars.Times[i] > bars.Times[i - 1], $"seed {seed}, bar {i}");
        }
    }

    private static byte[] Damage(byte[] whole, Generator generator)
    {
        var bytes = whole.ToList();
        for (var wounds = 1 + generator.NextInt(3); wounds > 0 && bytes.Count > 1; wounds--)
        {
            var at = generator.NextInt(bytes.Count);
            var length = Math.Min(bytes.Count - at, 1 + generator.NextInt(60));
            switch (generator.NextInt(5))
            {
                case 0:
                    bytes[at] = (byte)generator.NextInt(256);
                    break;
                case 1:
                    bytes[at] = (byte)",;\t|\"\n\r .-+eE019"[generator.NextInt(16)];
                    break;
                case 2:
                    bytes.RemoveRange(at + 1, bytes.Count - at - 1);
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
            }
        }

        return [.. bytes];
    }

    private static MemoryStream Stream(byte[] bytes) => new(bytes);

    /// <summary>How one program writes its files: delimiter, decimal mark, time, quotes, line ends, order of columns.</summary>
    private sealed class Dialect
    {
        private static readonly (string Name, int Seconds)[] Timeframes = [("1m", 60), ("5m", 300), ("15m", 900), ("1h", 3600), ("4h", 14_400), ("1d", 86_400)];
        private static readonly string[] Columns = ["Open", "High", "Low", "Close", "Volume"];
        private static readonly int[] Offsets = [-300, 60, 330, -210, 0, 840];

        private readonly Generator _generator;
        private readonly int _seconds;
        private readonly char _delimiter;
        private readonly char _mark;
        private readonly int _digits;
        private readonly int _form;
        private readonly int _offset;
        private readonly string _quote;

        public Dialect(ulong seed)
        {
            _generator = new Generator(seed, "dialect");
            (var timeframe, _seconds) = Timeframes[_generator.NextInt(Timeframes.Length)];
            _delimiter = ",;\t|"[_generator.NextInt(4)];
            _digits = _generator.NextInt(7);
            _mark = _delimiter != ',' && _digits > 0 && Either() ? ',' : '.';
            _form = _generator.NextInt(_seconds == 86_400 ? 11 : 10);
            _offset = Offsets[_generator.NextInt(Offsets.Length)];
            _quote = _generator.NextInt(4) == 0 ? "\"" : "";
            var stated = _form switch { 4 => "dd/MM/yyyy HH:mm", 8 => "MM/dd/yyyy hh:mm tt", _ => null };
            Options = new CsvOptions { Symbol = "X", Timeframe = Timeframe.Parse(timeframe), TimeFormat = stated };
        }

        public CsvOptions Options { get; }

        public (string Text, BarSeries Bars) Write()
        {
            var count = 2 + _generator.NextInt(60);
            var first = (1_500_000_000L + (_generator.NextInt(2000) * 86_400L)) / 86_400 * 86_400;
            long[] times = [.. Enumerable.Range(0, count).Select(i => (first + ((long)i * _seconds)) * 1000)];
            var rows = Rows(count);
            var order = Enumerable.Range(0, Columns.Length).ToArray();
            if (Either())
            {
                _generator.Shuffle(order);
            }

            var end = _generator.NextInt(4) switch { 0 => "\r\n", 1 => "\r", _ => "\n" };
            var note = _generator.NextInt(3) == 0;
            var text = new StringBuilder(_generator.NextInt(3) == 0 ? "\uFEFF" : "");
            text.Append(_generator.NextInt(5) == 0 ? $"# remark; with, delimiters|{end}" : "").Append(_generator.NextInt(8) == 0 ? end : "");
            string[] names = [.. _form == 6 ? ["Date", "Time"] : (string[])[_form == 10 ? "Date" : "Timestamp"], .. order.Select(c => Either() ? Columns[c].ToUpperInvariant() : Columns[c]), .. note ? ["note"] : (string[])[]];
            text.AppendJoin(_delimiter, names.Select(Quoted)).Append(end);
            for (var i = 0; i < count; i++)
            {
                string[] fields = [.. Time(times[i]).Split('\u0001'), .. order.Select(c => Number(rows[i][c], c == 4 ? 0 : _digits)), .. note ? ["x y"] : (string[])[]];
                text.AppendJoin(_delimiter, fields.Select(Quoted)).Append(i < count - 1 || Either() ? end : "").Append(_generator.NextInt(50) == 0 ? end : "");
            }

            double[] Column(int c) => [.. rows.Select(r => (double)r[c])];
            return (text.ToString(), new BarSeries("X", Options.Timeframe!, times, Column(0), Column(1), Column(2), Column(3), Column(4)));
        }

        private List<decimal[]> Rows(int count)
        {
            var tick = new decimal(1, 0, 0, false, (byte)_digits);
            var price = Math.Max(20 * tick, decimal.Round((decimal)(0.5 + (_generator.NextDouble() * Math.Pow(10, _generator.NextInt(4)))), _digits));
            var rows = new List<decimal[]>();
            for (var i = 0; i < count; i++)
            {
                var open = Math.Max(8 * tick, price + (tick * (_generator.NextInt(7) - 3)));
                var close = open + (tick * (_generator.NextInt(7) - 3));
                rows.Add([open, Math.Max(open, close) + (tick * _generator.NextInt(4)), Math.Min(open, close) - (tick * _generator.NextInt(3)), close, 1 + _generator.NextInt(100_000)]);
                price = close;
            }

            return rows;
        }

        private string Quoted(string field) => _quote + field + _quote;

        private string Number(decimal value, int digits) => value.ToString("F" + digits, CultureInfo.InvariantCulture).Replace('.', _mark);

        /// <summary>Date and time of day with \u0001 between where they are two columns.</summary>
        private string Time(long milliseconds)
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
            string In(string format) => time.ToString(format, CultureInfo.InvariantCulture);
            return _form switch
            {
                0 => In("yyyy-MM-dd'T'HH:mm:ss'Z'"),
                1 => In("yyyy-MM-dd HH:mm:ss"),
                2 => (milliseconds / 1000).ToString(CultureInfo.InvariantCulture),
                3 => milliseconds.ToString(CultureInfo.InvariantCulture),
                4 => In("dd'/'MM'/'yyyy HH:mm"),
                5 => time.ToOffset(TimeSpan.FromMinutes(_offset)).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
                6 => In("yyyy.MM.dd\u0001HH:mm"),
                7 => In("yyyyMMdd HHmmss"),
                8 => In("MM'/'dd'/'yyyy hh:mm tt"),
                9 => (milliseconds * 1000).ToString(CultureInfo.InvariantCulture),
                _ => In("yyyy-MM-dd"),
            };
        }

        private bool Either() => _generator.NextInt(2) == 0;
    }
}
