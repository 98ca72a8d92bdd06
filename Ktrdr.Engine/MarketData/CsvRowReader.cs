using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Ktrdr.Engine.MarketData;

/// <summary>
/// Turns the rows under a header into columns. The common shapes (plain numbers, ISO times in UTC, Unix time) are read in one pass over the bytes;
/// a row with anything else is read again field by field, which also finds the words for what is wrong with it.
/// </summary>
internal sealed unsafe partial class CsvRowReader
{
    private const int ShownCharacters = 40;

    /// <summary>1900-01-01 and 2101-01-01 in Unix milliseconds: bars outside are slips of a pen or a unit.</summary>
    private const long FirstTime = -2_208_988_800_000L;
    private const long EndTime = 4_133_980_800_000L;
    private const int LongestNumber = 64;
    private const double LowestPrice = 1e-24;
    private const double HighestPrice = 1e15;
    private const double LargestVolume = 1e24;

    private static readonly string[] Names = ["open", "high", "low", "close", "volume"];

    private readonly CsvHeader _header;
    private readonly CsvTime _clock;
    private readonly DataPolicy _policy;
    private readonly RowLog _log;
    private readonly BarColumns _columns;
    private readonly bool _isComplete;
    private readonly bool _isPlainTime;
    private readonly double[] _values = new double[(int)ColumnRole.Ignored + 1];

    private int _unsorted;
    private int _minusOneVolumes;
    private int _firstMinusOneVolume;

    public CsvRowReader(CsvHeader header, CsvTime clock, DataPolicy policy, RowLog log, BarColumns columns)
    {
        _header = header;
        _clock = clock;
        _policy = policy;
        _log = log;
        _columns = columns;
        _isComplete = Enumerable.Range(0, 4).All(r => header.Has((ColumnRole)r));
        _isPlainTime = clock.IsPlain && !header.Has(ColumnRole.TimeOfDay);
        _places = [.. Enumerable.Range(0, Names.Length).Select(r => Math.Max(-1, Array.IndexOf(header.Roles, (ColumnRole)r) - 1))];
        _values[(int)ColumnRole.Volume] = double.NaN;
    }

    /// <summary>Whether the rows run from newest to oldest.</summary>
    public bool IsNewestFirst => _unsorted > 0 && _unsorted >= _columns.Count;

    /// <summary>Reads all rows.</summary>
    /// <param name="text">The whole text, with a newline at <paramref name="length"/> − 1 and readable bytes after it.</param>
    /// <param name="length">Bytes of text.</param>
    public void Read(byte[] text, int length)
    {
        var roles = _header.Roles;
        var delimiter = _header.Delimiter;
        var isMasked = HasMaskedShape;
        var line = _header.BodyLine - 1;
        var before = long.MinValue;
        fixed (byte* start = text)
        fixed (double* value = _values)
        {
            var end = start + length;
            var at = start + _header.BodyStart;
            while (at < end)
            {
                if (isMasked)
                {
                    at = ReadBlock(at, end, out var rows);
                    Accept(rows, ref line, ref before, value);
                    if (rows == BlockRows || at == end)
                    {
                        continue;
                    }
                }

                line++;
                var row = at;
                long time = 0;
                at = ReadFast(row, roles, delimiter, value, before, &time);
                if (at == null)
                {
                    at = row + new ReadOnlySpan<byte>(row, (int)(end - row)).IndexOf((byte)'\n');
                    var content = new ReadOnlySpan<byte>(row, (int)(at - row)).Trim(" \r"u8);
                    at++;
                    if (content.IsEmpty || !ReadCarefully(content, line, before, out time))
                    {
                        continue;
                    }
                }

                if (!_isComplete)
                {
                    FillMissing();
                }

                before = Accept(line, time, before, value) ? time : before;
            }
        }

        if (_minusOneVolumes > 0)
        {
            _log.FindAll(
                "missing_volume", _firstMinusOneVolume, _minusOneVolumes, $"{Counted.Of(_minusOneVolumes, "row")} with volume -1, which means that there is none", FindingSeverity.Info);
        }
    }

    private bool Accept(int line, long time, long before, double* value)
    {
        var (open, high, low, close, volume) = (value[0], value[1], value[2], value[3], value[4]);
        if (!IsFine(time, before, open, high, low, close, volume) && !Judge(line, time, before, ref volume))
        {
            return false;
        }

        var i = _columns.Count++;
        _columns.Times[i] = time;
        _columns.Open[i] = open;
        _columns.High[i] = high;
        _columns.Low[i] = low;
        _columns.Close[i] = close;
        _columns.Volume[i] = volume;
        _columns.Rows.Add(line);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsFine(long time, long before, double open, double high, double low, double close, double volume)
        => time > before & (ulong)(time - FirstTime) < (ulong)(EndTime - FirstTime) & low >= LowestPrice & high <= HighestPrice
            & high >= open & high >= close & low <= open & low <= close & !(volume < 0.0 | volume > LargestVolume);

    /// <summary>Says what is wrong with a row that is not fine; true where it stays all the same.</summary>
    private bool Judge(int line, long time, long before, ref double volume)
    {
        if (IsAbsurd(line, time, volume))
        {
            return false;
        }

        if (time < before)
        {
            _unsorted++;
            _log.Leaves(_policy.Unsorted, "unsorted", line, $"time {Stamp(time)} is before the row above, {Stamp(before)}", Stamp(time), "times that ascend");
            return false;
        }

        if (time == before)
        {
            _log.Leaves(_policy.Duplicate, "duplicate", line, $"time {Stamp(time)} is the time of the row above", Stamp(time), "each time once");
            return false;
        }

        var (open, high, low, close) = (_values[0], _values[1], _values[2], _values[3]);
        var isLeft = false;
        for (var i = 0; i < 4; i++)
        {
            if (!(_values[i] > 0.0))
            {
                isLeft |= _log.Leaves(_policy.InvalidPrice, "non_positive_price", line, $"{Names[i]} = {Text(_values[i])}", Text(_values[i]), "a price above 0");
            }
        }

        if (high < low)
        {
            isLeft |= _log.Leaves(_policy.InvalidPrice, "high_below_low", line, $"high = {Text(high)} is below low = {Text(low)}", Text(high), "high at or above low");
        }
        else
        {
            for (var i = 0; i < 4; i += 3)
            {
                if (_values[i] > high || _values[i] < low)
                {
                    isLeft |= _log.Leaves(
                        _policy.InvalidPrice, "outside_range", line, $"{Names[i]} = {Text(_values[i])} is outside low = {Text(low)} to high = {Text(high)}", Text(_values[i]), "between low and high");
                }
            }
        }

        if (volume == -1.0)
        {
            // Brokers write -1 where an instrument has no volume.
            volume = double.NaN;
            _firstMinusOneVolume = _minusOneVolumes++ == 0 ? line : _firstMinusOneVolume;
        }
        else if (volume < 0.0)
        {
            isLeft |= _log.Leaves(_policy.InvalidPrice, "negative_volume", line, $"volume = {Text(volume)}", Text(volume), "0 or more");
        }

        return !isLeft;
    }

    /// <summary>Refuses what cannot be a market's: kept, it would overflow or poison whatever is computed from it.</summary>
    private bool IsAbsurd(int line, long time, double volume)
    {
        if (time is < FirstTime or >= EndTime)
        {
            return _log.Leaves(_policy.Malformed, "absurd_time", line, $"time {Stamp(time)}", Stamp(time), "the years 1900 to 2100") || true;
        }

        for (var i = 0; i < 4; i++)
        {
            if (Math.Abs(_values[i]) > HighestPrice || _values[i] != 0.0 && Math.Abs(_values[i]) < LowestPrice)
            {
                return _log.Leaves(_policy.Malformed, "absurd_price", line, $"{Names[i]} = {Text(_values[i])}", Text(_values[i]), "a price from 1e-24 to 1e15") || true;
            }
        }

        return volume > LargestVolume
            && (_log.Leaves(_policy.Malformed, "absurd_volume", line, $"volume = {Text(volume)}", Text(volume), "a volume of at most 1e24") || true);
    }

    /// <summary>Reads a row field by field with quotes, spaces, every number and time form; false where the row has no values.</summary>
    private bool ReadCarefully(ReadOnlySpan<byte> row, int line, long before, out long time)
    {
        time = 0;
        var roles = _header.Roles;
        if (row.Contains((byte)'\r'))
        {
            _log.Leaves(_policy.Malformed, "mixed_line_ends", line, "the row has a carriage return in it, and others end with a newline", allowed: "one kind of line ends in a file: LF, CRLF or CR");
            return false;
        }

        // A row that is quoted as a whole is one field in quotes, and split all the same.
        var fields = CsvFields.Count(row, _header.Delimiter);
        var hasPlainQuotes = fields != roles.Length && 1 + row.Count(_header.Delimiter) == roles.Length;
        if (fields != roles.Length && !hasPlainQuotes)
        {
            _log.Leaves(_policy.Malformed, "field_count", line, $"{Counted.Of(fields, "field")} where the header has {roles.Length}", fields.ToString(CultureInfo.InvariantCulture), Counted.Of(roles.Length, "field"));
            return false;
        }

        var isGood = true;
        var date = ReadOnlySpan<byte>.Empty;
        var timeOfDay = ReadOnlySpan<byte>.Empty;
        foreach (var role in roles)
        {
            var stop = hasPlainQuotes ? row.IndexOf(_header.Delimiter) : CsvFields.End(row, _header.Delimiter);
            var field = (stop < 0 ? row : row[..stop]).Trim(" \t\""u8);
            row = stop < 0 ? [] : row[(stop + 1)..];
            switch (role)
            {
                case ColumnRole.Time:
                    date = field;
                    break;
                case ColumnRole.TimeOfDay:
                    timeOfDay = field;
                    break;
                case ColumnRole.Volume when field.IsEmpty || IsNaN(field):
                    _values[(int)role] = double.NaN;
                    break;
                case <= ColumnRole.Volume:
                    isGood &= ReadValue(field, role, line);
                    break;
            }
        }

        if (_clock.Parse(date, timeOfDay, before, out time) is { } wrong)
        {
            var text = Text(date) + (timeOfDay.IsEmpty ? "" : " " + Text(timeOfDay));
            _log.Leaves(_policy.Malformed, "invalid_time", line, $"time '{text}' {wrong}", text, _clock.Allowed);
            return false;
        }

        return isGood;
    }

    private bool ReadValue(ReadOnlySpan<byte> field, ColumnRole role, int line)
    {
        if (TryNumber(field, out var value))
        {
            _values[(int)role] = value;
            return true;
        }

        var text = Text(field);
        var message = text.Length == 0 ? $"{Names[(int)role]} is empty" : $"{Names[(int)role]} = '{text}' is no number";
        _log.Leaves(_policy.Malformed, "invalid_number", line, message, text, _header.DecimalMark == ',' ? "a finite decimal number with a comma, as in the other rows" : "a finite decimal number with a point");
        return false;
    }

    private bool TryNumber(ReadOnlySpan<byte> field, out double value)
    {
        value = 0.0;
        Span<byte> plain = stackalloc byte[LongestNumber];
        if (_header.DecimalMark == ',')
        {
            if (field.Length > LongestNumber || field.Contains((byte)'.'))
            {
                return false;
            }

            field.CopyTo(plain);
            plain.Replace((byte)',', (byte)'.');
            return double.TryParse(plain[..field.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
        }

        return double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
    }

    private void FillMissing()
    {
        var (hasOpen, hasHigh, hasLow, hasClose) =
            (_header.Has(ColumnRole.Open), _header.Has(ColumnRole.High), _header.Has(ColumnRole.Low), _header.Has(ColumnRole.Close));
        if (!hasClose)
        {
            _values[3] = hasOpen ? _values[0] : hasHigh ? _values[1] : _values[2];
        }

        _values[0] = hasOpen ? _values[0] : _values[3];
        _values[1] = hasHigh ? _values[1] : Math.Max(_values[0], _values[3]);
        _values[2] = hasLow ? _values[2] : Math.Min(_values[0], _values[3]);
    }

    private static bool IsNaN(ReadOnlySpan<byte> field)
        => field.SequenceEqual("NaN"u8) || field.SequenceEqual("nan"u8) || field.SequenceEqual("NA"u8) || field.SequenceEqual("null"u8);

    internal static string Stamp(long time)
        => time is > -62_135_596_800_000L and < 253_402_300_800_000L
            ? DateTimeOffset.FromUnixTimeMilliseconds(time).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : time.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Text(ReadOnlySpan<byte> field)
    {
        var text = Encoding.UTF8.GetString(field.Length > ShownCharacters ? field[..ShownCharacters] : field);
        return new string([.. text.Select(c => char.IsControl(c) ? '?' : c)]) + (field.Length > ShownCharacters ? "…" : "");
    }
}
