using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace Ktrdr.Engine.MarketData;

/// <summary>The bytes of a text file, decompressed if they were gzipped, followed by a newline so that every line ends in one.</summary>
internal static class CsvSource
{
    private const int Padding = 32;
    private const int ProbeLength = 4096;
    private const int ShortestGzip = 18;

    /// <summary>Bytes taken at a time, few enough that their lines are counted while they are in the cache.</summary>
    private const int Block = 1 << 17;

    /// <summary>Bars as text pack 4 to 20 times. What grows more than 100 times is made to fill a memory, not to be read; small files may.</summary>
    private const long LargestGrowth = 100;
    private const long SmallText = 16L << 20;

    /// <summary>
    /// Reads everything into an array of the shared pool, to be returned there. It is longer than the text: <paramref name="length"/> counts up to
    /// and with the last newline, <paramref name="lines"/> the newlines.
    /// </summary>
    public static byte[] Read(Stream stream, long maximumBytes, out int length, out int lines)
    {
        var bytes = ReadAll(stream, maximumBytes, out length, out lines);
        if (length >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B)
        {
            bytes = Decompress(bytes, maximumBytes, ref length, out lines);
        }

        RequireText(bytes.AsSpan(0, length));
        if (length == 0 || bytes[length - 1] != '\n')
        {
            bytes[length++] = (byte)'\n';
            lines++;
        }

        var text = bytes.AsSpan(0, length);
        if (HasCarriageReturnsForNewlines(text))
        {
            lines = TurnIntoNewlines(text);
        }

        bytes.AsSpan(length, Math.Min(Padding, bytes.Length - length)).Clear();
        return bytes;
    }

    /// <summary>Whether lines end with a carriage return alone, as old Macs wrote them and some programs still do: the first line of the others has none but at its end.</summary>
    private static bool HasCarriageReturnsForNewlines(ReadOnlySpan<byte> text) => text[..text.IndexOf((byte)'\n')].TrimEnd((byte)'\r').Contains((byte)'\r');

    /// <summary>Makes every carriage return that no newline follows one, and counts the newlines.</summary>
    private static int TurnIntoNewlines(Span<byte> text)
    {
        for (var i = 0; i < text.Length - 1; i++)
        {
            if (text[i] == '\r' && text[i + 1] != '\n')
            {
                text[i] = (byte)'\n';
            }
        }

        return text.Count((byte)'\n');
    }

    private static byte[] Decompress(byte[] bytes, long maximumBytes, ref int length, out int lines)
    {
        var compressed = bytes.AsSpan(0, length);
        try
        {
            using var gzip = new GZipStream(new MemoryStream(bytes, 0, length), CompressionMode.Decompress);
            var sound = Math.Max(SmallText, LargestGrowth * length);
            var text = ReadAll(gzip, Math.Min(maximumBytes, sound), out length, out lines, isBomb: sound < maximumBytes);
            if (!EndsWhole(compressed, text.AsSpan(0, length)))
            {
                throw Invalid("damaged_gzip", $"the file starts like gzip but is cut short or damaged: its {compressed.Length} bytes do not end with the checksum of their content");
            }

            ArrayPool<byte>.Shared.Return(bytes);
            return text;
        }
        catch (InvalidDataException e)
        {
            throw Invalid("damaged_gzip", $"the file starts like gzip but is damaged: {e.Message}");
        }
    }

    /// <summary>
    /// Whether the trailer (CRC-32 and length of the last member, RFC 1952) fits what came out. The decompressor takes the end of a file that is
    /// cut short for the end of the data and says nothing.
    /// </summary>
    private static bool EndsWhole(ReadOnlySpan<byte> compressed, ReadOnlySpan<byte> text)
    {
        if (compressed.Length < ShortestGzip)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(compressed[^4..]);
        return length <= text.Length && BinaryPrimitives.ReadUInt32LittleEndian(compressed[^8..]) == Crc32(text[^(int)length..]);
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        Span<uint> table = stackalloc uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var remainder = i;
            for (var bit = 0; bit < 8; bit++)
            {
                remainder = (remainder >> 1) ^ ((remainder & 1) * 0xEDB88320u);
            }

            table[(int)i] = remainder;
        }

        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = (crc >> 8) ^ table[(int)((crc ^ value) & 0xFF)];
        }

        return ~crc;
    }

    private static byte[] ReadAll(Stream stream, long maximumBytes, out int length, out int lines, bool isBomb = false)
    {
        var limit = Math.Min(maximumBytes, Array.MaxLength - Padding);
        var expected = stream.CanSeek ? stream.Length - stream.Position : 0;
        if (expected > limit)
        {
            throw TooLarge(limit);
        }

        var bytes = ArrayPool<byte>.Shared.Rent((int)Math.Max(expected, 1 << 16) + Padding);
        (length, lines) = (0, 0);
        while (true)
        {
            var room = (int)Math.Min(bytes.Length - Padding, limit) - length;
            if (room == 0)
            {
                // Full: an end of file here must not cost a copy.
                var next = stream.ReadByte();
                if (next < 0)
                {
                    return bytes;
                }

                if (length >= limit)
                {
                    throw isBomb ? Invalid("gzip_bomb", $"the file unpacks to more than {limit} bytes, over {LargestGrowth} times its size; allowed: gzipped text of bars") : TooLarge(limit);
                }

                var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(2L * length, limit) + Padding);
                bytes.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(bytes);
                bytes = larger;
                bytes[length++] = (byte)next;
                lines += next == '\n' ? 1 : 0;
                continue;
            }

            var read = stream.Read(bytes, length, Math.Min(room, Block));
            if (read == 0)
            {
                return bytes;
            }

            lines += bytes.AsSpan(length, read).Count((byte)'\n');

            length += read;
        }
    }

    private static void RequireText(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            throw Invalid("unsupported_encoding", "the file is UTF-16; allowed: UTF-8 or ASCII");
        }

        var probe = bytes[..Math.Min(bytes.Length, ProbeLength)];
        for (var i = 0; i < probe.Length; i++)
        {
            if (probe[i] < 0x20 && probe[i] is not ((byte)'\t' or (byte)'\n' or (byte)'\r'))
            {
                throw Invalid("not_text", $"byte {i} of the file is 0x{probe[i]:X2}: it is no text; allowed: CSV, plain or gzipped");
            }
        }

        if (probe.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw Invalid("empty_file", "the file is empty; allowed: a header line and at least one row");
        }
    }

    private static InvalidInputException TooLarge(long limit)
        => Invalid("file_too_large", $"the file is larger than {limit} bytes; allowed: at most {limit} bytes after decompression");

    private static InvalidInputException Invalid(string code, string message) => new(new Problem(code, "file", message));
}
