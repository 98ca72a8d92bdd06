using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Ktrdr.Engine.MarketData;

/// <summary>
/// KBARS1, little endian: magic (8 bytes), symbol and timeframe as length (u16) + UTF-8, count (i32), zero padding to a multiple of 8,
/// then the columns times (i64), open, high, low, close, volume (f64), then SHA-256 (32 bytes) over everything before it.
/// Bars with a calendar or a publication lag are KBARS2: the same with the calendar's name and the lag in milliseconds (i64) before the count.
/// The part before the checksum is the canonical form that <see cref="BarSeries.ContentHash"/> hashes. NaN is written as one bit pattern.
/// </summary>
internal static class BarSeriesFormat
{
    private const int ColumnCount = 6;
    public const int ChecksumLength = 32;

    private static ReadOnlySpan<byte> Magic => "KBARS1\0\0"u8;

    private static ReadOnlySpan<byte> MagicWithCalendar => "KBARS2\0\0"u8;

    public static byte[] Write(BarSeries bars)
    {
        var body = Body(bars, ChecksumLength);
        SHA256.HashData(body.AsSpan(0, body.Length - ChecksumLength), body.AsSpan(body.Length - ChecksumLength));
        return body;
    }

    public static byte[] Body(BarSeries bars, int reserve = 0)
    {
        var symbol = Encoding.UTF8.GetBytes(bars.Symbol);
        var timeframe = Encoding.UTF8.GetBytes(bars.Timeframe.Name);
        var isPlain = bars.Calendar == MarketCalendar.None && bars.PublicationLagMilliseconds == 0;
        var calendar = isPlain ? [] : Encoding.UTF8.GetBytes(bars.Calendar.Name);
        var header = Padded(Magic.Length + sizeof(ushort) + symbol.Length + sizeof(ushort) + timeframe.Length + sizeof(int)
            + (isPlain ? 0 : sizeof(ushort) + calendar.Length + sizeof(long)));
        var bytes = new byte[checked(header + (long)bars.Count * ColumnCount * sizeof(double) + reserve)];

        var span = bytes.AsSpan();
        (isPlain ? Magic : MagicWithCalendar).CopyTo(span);
        var at = Magic.Length;
        at = WriteText(span, at, symbol);
        at = WriteText(span, at, timeframe);
        if (!isPlain)
        {
            at = WriteText(span, at, calendar);
            BinaryPrimitives.WriteInt64LittleEndian(span[at..], bars.PublicationLagMilliseconds);
            at += sizeof(long);
        }

        BinaryPrimitives.WriteInt32LittleEndian(span[at..], bars.Count);

        at = header;
        foreach (var time in bars.Times)
        {
            BinaryPrimitives.WriteInt64LittleEndian(span[at..], time);
            at += sizeof(long);
        }

        at = WriteColumn(span, at, bars.Open);
        at = WriteColumn(span, at, bars.High);
        at = WriteColumn(span, at, bars.Low);
        at = WriteColumn(span, at, bars.Close);
        WriteColumn(span, at, bars.Volume);
        return bytes;
    }

    public static BarSeries Read(ReadOnlySpan<byte> bytes)
    {
        var header = ReadHeader(bytes, bytes.Length);
        Span<byte> checksum = stackalloc byte[ChecksumLength];
        SHA256.HashData(bytes[..^ChecksumLength], checksum);
        if (!checksum.SequenceEqual(bytes[^ChecksumLength..]))
        {
            throw Damaged();
        }

        var (at, count) = (header.Length, header.Count);
        var times = new long[count];
        for (var i = 0; i < count; i++, at += sizeof(long))
        {
            times[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
        }

        var open = ReadColumn(bytes, ref at, count);
        var high = ReadColumn(bytes, ref at, count);
        var low = ReadColumn(bytes, ref at, count);
        var close = ReadColumn(bytes, ref at, count);
        var volume = ReadColumn(bytes, ref at, count);
        return new BarSeries(header.Symbol, header.Timeframe, times, open, high, low, close, volume).With(header.Calendar, header.PublicationLag);
    }

    /// <summary>What stands before the columns.</summary>
    /// <param name="start">The file's first bytes; all of its header.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    public static BarHeader ReadHeader(ReadOnlySpan<byte> start, long fileLength)
    {
        var isPlain = start.StartsWith(Magic);
        if (!isPlain && !start.StartsWith(MagicWithCalendar))
        {
            throw Invalid("not_bars", "the bytes do not start with the magic 'KBARS1' or 'KBARS2'; allowed: what BarSeries.ToBytes wrote");
        }

        var at = Magic.Length;
        var symbol = ReadText(start, ref at);
        var timeframe = ReadText(start, ref at);
        var calendar = isPlain ? MarketCalendar.None.Name : ReadText(start, ref at);
        if (start.Length - at < sizeof(long) + sizeof(int))
        {
            throw Truncated(fileLength);
        }

        var lag = isPlain ? 0L : BinaryPrimitives.ReadInt64LittleEndian(start[at..]);
        at += isPlain ? 0 : sizeof(long);
        var count = BinaryPrimitives.ReadInt32LittleEndian(start[at..]);
        at = Padded(at + sizeof(int));
        return count >= 0 && fileLength == at + (long)count * sizeof(double) * ColumnCount + ChecksumLength
            ? new BarHeader(symbol, Timeframe.Parse(timeframe), MarketCalendar.Parse(calendar), lag, count, at)
            : throw Truncated(fileLength);
    }

    public static InvalidInputException Damaged() => Invalid("damaged_bars", "the checksum of the bar file does not fit its content: it is damaged");

    private static int Padded(int length) => (length + 7) & ~7;

    private static int WriteText(Span<byte> span, int at, byte[] text)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(span[at..], checked((ushort)text.Length));
        text.CopyTo(span[(at + sizeof(ushort))..]);
        return at + sizeof(ushort) + text.Length;
    }

    private static int WriteColumn(Span<byte> span, int at, ReadOnlySpan<double> column)
    {
        foreach (var value in column)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(span[at..], double.IsNaN(value) ? double.NaN : value);
            at += sizeof(double);
        }

        return at;
    }

    private static string ReadText(ReadOnlySpan<byte> bytes, ref int at)
    {
        if (bytes.Length - at < sizeof(ushort))
        {
            throw Truncated(bytes.Length);
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
        at += sizeof(ushort);
        if (bytes.Length - at < length)
        {
            throw Truncated(bytes.Length);
        }

        var text = Encoding.UTF8.GetString(bytes.Slice(at, length));
        at += length;
        return text;
    }

    private static double[] ReadColumn(ReadOnlySpan<byte> bytes, ref int at, int count)
    {
        var column = new double[count];
        var source = bytes.Slice(at, count * sizeof(double));
        at += source.Length;
        if (BitConverter.IsLittleEndian)
        {
            source.CopyTo(MemoryMarshal.AsBytes(column.AsSpan()));
            return column;
        }

        for (var i = 0; i < count; i++)
        {
            column[i] = BinaryPrimitives.ReadDoubleLittleEndian(source[(i * sizeof(double))..]);
        }

        return column;
    }

    private static InvalidInputException Truncated(long length)
        => Invalid("truncated_bars", $"the bar file of {length} bytes does not have the length its header says: it is cut short or damaged");

    private static InvalidInputException Invalid(string code, string message) => new(new Problem(code, "bars", message));
}

/// <summary>What stands before the columns of a bar file; <paramref name="Length"/> is its bytes, padding included.</summary>
internal sealed record BarHeader(string Symbol, Timeframe Timeframe, MarketCalendar Calendar, long PublicationLag, int Count, int Length);
