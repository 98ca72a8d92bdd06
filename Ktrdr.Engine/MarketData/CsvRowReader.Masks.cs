using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ktrdr.Engine.MarketData;

/// <content>
/// Rows of up to 64 bytes behind their time, on processors with SSE 4.1 and FMA: one comparison of them all gives the ends of the fields and the decimal marks
/// as bits (the structural masks of Langdale and Lemire 2019), each number is one shuffle that takes out its mark and three sums of neighbours (Muła
/// 2014), and the division by a power of ten is a product with its reciprocal and two corrections. The same doubles as <see cref="ReadFast"/>, which reads what this does not.
/// </content>
internal sealed unsafe partial class CsvRowReader
{
    /// <summary>Bytes that are looked at, with room for a time before them.</summary>
    private const int MaskedBytes = 64 + 32;
    private const int LongestField = 16;
    private const int Shapes = LongestField + 1;

    /// <summary>Fifteen digits are below 2^53: the number is exact as a double.</summary>
    private const uint WidestNumber = 15;

    /// <summary>Where each of 16 right-aligned digits comes from in a field, by length and place of the decimal mark (16: none).</summary>
    private static readonly byte[] DigitShuffles = MakeDigitShuffles();

    private static readonly double[] Reciprocals = [.. PowersOfTen[..LongestField].ToArray().Select(p => 1.0 / p)];

    /// <summary>Whether rows are a time of the recognised forms and then numbers or what is ignored.</summary>
    private bool HasMaskedShape
        => Sse41.IsSupported && Fma.IsSupported && isPlainTime && header.Roles[0] == ColumnRole.Time && Array.LastIndexOf(header.Roles, ColumnRole.Time) == 0;

    /// <summary>Reads a row of <see cref="HasMaskedShape"/> as <see cref="ReadFast"/> does; null where it is longer, or of no common shape.</summary>
    private byte* ReadMasked(byte* p, ColumnRole[] roles, byte delimiter, byte* shuffles, double* value, long* time)
    {
        p = ReadTime(p, time);
        if (p == null || *p++ != delimiter)
        {
            return null;
        }

        var (left, right) = (Vector256.Load(p), Vector256.Load(p + 32));
        var newlines = Bits(left, right, (byte)'\n');
        if (newlines == 0)
        {
            return null;
        }

        var length = BitOperations.TrailingZeroCount(newlines);
        var next = p + length + 1;
        length -= length > 0 && p[length - 1] == '\r' ? 1 : 0;
        var ends = (Bits(left, right, delimiter) & ((1UL << length) - 1)) | (1UL << length);
        if (BitOperations.PopCount(ends) != roles.Length - 1)
        {
            return null;
        }

        var marks = Bits(left, right, header.DecimalMark);
        var wrong = Vector128<byte>.Zero;
        var start = 0U;
        for (var c = 1; c < roles.Length; c++)
        {
            var role = roles[c];
            var end = (uint)BitOperations.TrailingZeroCount(ends);
            ends &= ends - 1;
            if (role <= ColumnRole.Volume)
            {
                // The mark of a later field lies beyond the end and counts as none.
                var width = end - start;
                var mark = (uint)BitOperations.TrailingZeroCount(marks >> (int)start);
                var decimals = mark < width ? width - mark - 1 : 0;
                mark = mark < width ? mark : LongestField;
                if (width - 1 >= WidestNumber || width == 1 && mark == 0)
                {
                    // Nothing, a mark alone, or more digits than are exact.
                    return null;
                }

                var digits = Ssse3.Shuffle(Vector128.Load(p + start) - Vector128.Create((byte)'0'), Vector128.Load(shuffles + (mark * Shapes + width) * LongestField));
                wrong |= Vector128.GreaterThan(digits, Vector128.Create((byte)9));
                var pairs = Ssse3.MultiplyAddAdjacent(digits, Vector128.Create(0x010A010A010A010AL).AsSByte());
                var fours = Sse2.MultiplyAddAdjacent(pairs, Vector128.Create(0x0001006400010064L).AsInt16());
                var eights = Sse2.MultiplyAddAdjacent(Sse41.PackUnsignedSaturate(fours, fours).AsInt16(), Vector128.Create(0x0001271000012710L).AsInt16()).AsUInt64().ToScalar();
                var number = (uint)eights * 100_000_000UL + (eights >> 32);
                value[(int)role] = Quotient((long)number, (int)decimals);
            }
            start = end + 1;
        }

        return wrong != Vector128<byte>.Zero ? null : next;
    }

    /// <summary>
    /// number / 10^decimals as IEEE division rounds it, without waiting for the divider: each step adds the remainder, which fused multiply-add gives
    /// exactly, times the reciprocal. From a quotient within one unit in the last place the step rounds correctly (Markstein 1990); the first one makes it so.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Quotient(double number, int decimals)
    {
        var (divisor, reciprocal) = (PowersOfTen[decimals], Reciprocals[decimals]);
        var quotient = number * reciprocal;
        quotient = Math.FusedMultiplyAdd(Math.FusedMultiplyAdd(-quotient, divisor, number), reciprocal, quotient);
        return Math.FusedMultiplyAdd(Math.FusedMultiplyAdd(-quotient, divisor, number), reciprocal, quotient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(Vector256<byte> left, Vector256<byte> right, byte value)
    {
        var wanted = Vector256.Create(value);
        return Vector256.Equals(left, wanted).ExtractMostSignificantBits() | ((ulong)Vector256.Equals(right, wanted).ExtractMostSignificantBits() << 32);
    }

    private static byte[] MakeDigitShuffles()
    {
        var shuffles = new byte[Shapes * Shapes * LongestField];
        Array.Fill(shuffles, (byte)0x80);
        for (var mark = 0; mark <= LongestField; mark++)
        {
            for (var width = 1; width <= LongestField; width++)
            {
                var to = LongestField - 1;
                for (var from = width - 1; from >= 0; from--)
                {
                    if (from != mark)
                    {
                        shuffles[(mark * Shapes + width) * LongestField + to--] = (byte)from;
                    }
                }
            }
        }

        return shuffles;
    }
}
