using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ktrdr.Engine.MarketData;

/// <content>
/// Rows of up to 64 bytes behind their time, on processors with AVX2, in blocks: comparisons of all bytes give the ends of the fields and the decimal
/// marks as bits (the structural masks of Langdale and Lemire 2019). A number is one shuffle that takes out its mark and moves its digits to the right,
/// then three sums of neighbours (Muła 2014); the four prices share the lanes of a register. The same doubles as <see cref="ReadFast"/>, which reads
/// what this does not.
/// </content>
internal sealed unsafe partial class CsvRowReader
{
    /// <summary>So many that what was read is still in the first cache when it is judged.</summary>
    private const int BlockRows = 512;

    /// <summary>
    /// Bytes that may be looked at, 105 and then up to whole registers: a time of at most 25 and its delimiter, the 63 of the 64 behind it that a field may begin after, and the 16 that a
    /// number is loaded as.
    /// </summary>
    private const int MaskedBytes = 112;

    /// <summary>The double whose lowest bits count in ones: 2^52 + n has the bits of 2^52 and n.</summary>
    private const double CountsInOnes = 4_503_599_627_370_496.0;

    /// <summary>Of open, high, low, close and volume: the place among the fields behind the time; -1 where there is none.</summary>
    private readonly int[] _places;

    /// <summary>Whether rows are a time of the recognised forms and then all prices, volume or not, and what is ignored.</summary>
    private bool HasMaskedShape
        => Avx2.IsSupported && _isComplete && _isPlainTime && _header.Roles.Length <= 64
            && _header.Roles[0] == ColumnRole.Time && Array.LastIndexOf(_header.Roles, ColumnRole.Time) == 0;

    /// <summary>
    /// Reads rows of <see cref="HasMaskedShape"/> into the columns, behind the bars that count, as <see cref="ReadFast"/> does: <see cref="BlockRows"/>,
    /// or those before the end, or before a row that is longer or of no common shape.
    /// </summary>
    /// <returns>The start of the first row that was not read.</returns>
    private byte* ReadBlock(byte* p, byte* end, out int rows)
    {
        var delimiter = _header.Delimiter;
        var (delimiters, decimalMarks, newlines) = (Vector256.Create(delimiter), Vector256.Create(_header.DecimalMark), Vector256.Create((byte)'\n'));
        var fields = _header.Roles.Length - 1;
        var (openPlace, highPlace, lowPlace, closePlace, volumePlace) = (_places[0], _places[1], _places[2], _places[3], _places[4]);
        var starts = stackalloc uint[64 + 1];
        starts[0] = 0;
        rows = 0;
        fixed (byte* shuffles = NumberShapes.Shuffles)
        fixed (double* divisors = NumberShapes.Divisors)
        fixed (long* times = _columns.Times)
        fixed (double* opens = _columns.Open, highs = _columns.High, lows = _columns.Low, closes = _columns.Close, volumes = _columns.Volume)
        {
            for (var at = _columns.Count; rows < BlockRows && end - p >= MaskedBytes; rows++, at++)
            {
                var text = ReadTime(p, times + at);
                if (text == null || *text++ != delimiter)
                {
                    return p;
                }

                var (left, right) = (Vector256.Load(text), Vector256.Load(text + 32));
                var lines = Bits(left, right, newlines);
                if (lines == 0)
                {
                    return p;
                }

                // Before an empty rest stands the delimiter, no carriage return.
                var length = BitOperations.TrailingZeroCount(lines);
                var next = text + length + 1;
                length -= text[length - 1] == '\r' ? 1 : 0;
                var ends = (Bits(left, right, delimiters) & ((1UL << length) - 1)) | (1UL << length);
                if (BitOperations.PopCount(ends) != fields)
                {
                    return p;
                }

                var stops = ends | Bits(left, right, decimalMarks);
                for (var start = starts + 1; ends != 0; ends &= ends - 1)
                {
                    *start++ = (uint)BitOperations.TrailingZeroCount(ends) + 1;
                }

                var (open, high) = (Field.At(starts + openPlace, stops), Field.At(starts + highPlace, stops));
                var (low, close) = (Field.At(starts + lowPlace, stops), Field.At(starts + closePlace, stops));
                if ((open.Width | high.Width | low.Width | close.Width) > NumberShapes.LongestField)
                {
                    return p;
                }

                var first = Digits(text, shuffles, open, low);
                var second = Digits(text, shuffles, high, close);
                var wrong = NoDigits(first) | NoDigits(second);
                var volume = double.NaN;
                if (volumePlace >= 0)
                {
                    var field = Field.At(starts + volumePlace, stops);
                    if (field.Width > NumberShapes.LongestField)
                    {
                        return p;
                    }

                    var digits = Digits(text, shuffles, field, field);
                    wrong |= NoDigits(digits);
                    volume = Numbers(digits, digits).ToScalar() / divisors[field.Shape];
                }

                if (wrong != Vector256<byte>.Zero)
                {
                    return p;
                }

                var prices = Numbers(first, second) / Vector256.Create(divisors[open.Shape], divisors[high.Shape], divisors[low.Shape], divisors[close.Shape]);
                opens[at] = prices.ToScalar();
                Sse2.StoreHigh(highs + at, prices.GetLower());
                lows[at] = prices.GetUpper().ToScalar();
                Sse2.StoreHigh(closes + at, prices.GetUpper());
                volumes[at] = volume;
                p = next;
            }
        }

        return p;
    }

    /// <summary>The digits of two fields, 16 each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Digits(byte* text, byte* shuffles, Field low, Field high)
        => Avx2.Shuffle(
            Vector256.Create(Vector128.Load(text + low.Start), Vector128.Load(text + high.Start)) - Vector256.Create((byte)'0'),
            Vector256.Create(Vector128.Load(shuffles + low.Shape * NumberShapes.Digits), Vector128.Load(shuffles + high.Shape * NumberShapes.Digits)));

    /// <summary>Not zero where a digit is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> NoDigits(Vector256<byte> digits) => Avx2.SubtractSaturate(digits, Vector256.Create((byte)9));

    /// <summary>The numbers that 16 digits each make: the lower of both, then the upper of both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Numbers(Vector256<byte> first, Vector256<byte> second)
    {
        var (ones, hundreds) = (Vector256.Create(0x010A010A010A010AL).AsSByte(), Vector256.Create(0x0001006400010064L).AsInt16());
        var fours = Avx2.PackUnsignedSaturate(
            Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(first, ones), hundreds),
            Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(second, ones), hundreds));
        var eights = Avx2.MultiplyAddAdjacent(fours.AsInt16(), Vector256.Create(0x0001271000012710L).AsInt16()).AsUInt64();
        var numbers = Avx2.Multiply(eights.AsUInt32(), Vector256.Create(100_000_000U)) + (eights >>> 32);
        return (numbers | Vector256.Create(CountsInOnes).AsUInt64()).AsDouble() - Vector256.Create(CountsInOnes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(Vector256<byte> left, Vector256<byte> right, Vector256<byte> wanted)
        => Vector256.Equals(left, wanted).ExtractMostSignificantBits() | ((ulong)Vector256.Equals(right, wanted).ExtractMostSignificantBits() << 32);

    /// <summary>Where a field lies behind the time, and the place of its mark and its width as one number.</summary>
    private readonly record struct Field(uint Start, uint Width, uint Shape)
    {
        /// <param name="starts">Its start, and the start of the field behind it.</param>
        /// <param name="stops">Bits of all ends of fields and decimal marks.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Field At(uint* starts, ulong stops)
        {
            var (start, width) = (starts[0], starts[1] - starts[0] - 1);
            return new Field(start, width, (uint)BitOperations.TrailingZeroCount(stops >> (int)start) * NumberShapes.Digits + width);
        }
    }

    /// <summary>Counts the rows that were read as a block and are fine, all of them in vectors; where one is not, one by one.</summary>
    private void Accept(int rows, ref int line, ref long before, double* value)
    {
        var first = _columns.Count;
        if (rows > 0 && AreFine(first, rows, before))
        {
            _columns.Rows.Add(line + 1, rows);
            _columns.Count += rows;
            line += rows;
            before = _columns.Times[_columns.Count - 1];
            return;
        }

        for (var i = first; i < first + rows; i++)
        {
            (value[0], value[1], value[2], value[3], value[4]) = (_columns.Open[i], _columns.High[i], _columns.Low[i], _columns.Close[i], _columns.Volume[i]);
            var time = _columns.Times[i];
            before = Accept(++line, time, before, value) ? time : before;
        }
    }

    /// <summary>Whether all rows are fine, as <see cref="IsFine"/> says of one: digits alone make no negative volume and none that is too large.</summary>
    private bool AreFine(int first, int rows, long before)
    {
        var end = first + rows;
        var times = _columns.Times.AsSpan(first, rows);
        if (times[0] <= before || times[0] < FirstTime || times[^1] >= EndTime || TimeSteps.FirstNotAscending(times) < rows)
        {
            return false;
        }

        var (open, high, low, close) = (_columns.Open, _columns.High, _columns.Low, _columns.Close);
        var i = first;
        for (; i <= end - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var (opens, highs, lows, closes) = (Vector256.Create(open, i), Vector256.Create(high, i), Vector256.Create(low, i), Vector256.Create(close, i));
            var isFine = Vector256.GreaterThanOrEqual(lows, Vector256.Create(LowestPrice)) & Vector256.LessThanOrEqual(highs, Vector256.Create(HighestPrice))
                & Vector256.GreaterThanOrEqual(highs, Vector256.Max(opens, closes)) & Vector256.LessThanOrEqual(lows, Vector256.Min(opens, closes));
            if (isFine.ExtractMostSignificantBits() != 0xF)
            {
                return false;
            }
        }

        for (; i < end; i++)
        {
            if (!IsFine(_columns.Times[i], long.MinValue, open[i], high[i], low[i], close[i], 0.0))
            {
                return false;
            }
        }

        return true;
    }
}
