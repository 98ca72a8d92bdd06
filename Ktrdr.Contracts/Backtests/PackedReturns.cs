using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ktrdr.Contracts.Backtests;

/// <summary>
/// Daily returns as bytes, for programs that read many: n returns as IEEE 754 doubles, then their n days as 32-bit integers since 1970-01-01, all little-endian, 12·n bytes in all.
/// Base64 in JSON.
/// </summary>
public static class PackedReturns
{
    private const int BytesPerDay = sizeof(double) + sizeof(int);

    private static readonly int Epoch = new DateOnly(1970, 1, 1).DayNumber;

    public static byte[] Of(IReadOnlyList<DailyReturn> returns)
    {
        var packed = new byte[returns.Count * BytesPerDay];
        var days = packed.AsSpan(returns.Count * sizeof(double));
        for (var i = 0; i < returns.Count; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(packed.AsSpan(i * sizeof(double)), returns[i].Return);
            BinaryPrimitives.WriteInt32LittleEndian(days[(i * sizeof(int))..], returns[i].Day.DayNumber - Epoch);
        }

        return packed;
    }

    /// <exception cref="FormatException">No such number of bytes.</exception>
    public static IReadOnlyList<DailyReturn> Read(ReadOnlySpan<byte> packed)
    {
        var days = DaysOf(packed);
        var returns = ReturnsOf(packed);
        var read = new DailyReturn[days.Length];
        for (var i = 0; i < read.Length; i++)
        {
            read[i] = new DailyReturn(DateOnly.FromDayNumber(Epoch + days[i]), returns[i]);
        }

        return read;
    }

    /// <summary>Days since 1970-01-01, one per return.</summary>
    /// <exception cref="FormatException">No such number of bytes.</exception>
    public static ReadOnlySpan<int> DaysOf(ReadOnlySpan<byte> packed) => MemoryMarshal.Cast<byte, int>(packed[(Count(packed) * sizeof(double))..]);

    /// <exception cref="FormatException">No such number of bytes.</exception>
    public static ReadOnlySpan<double> ReturnsOf(ReadOnlySpan<byte> packed) => MemoryMarshal.Cast<byte, double>(packed[..(Count(packed) * sizeof(double))]);

    private static int Count(ReadOnlySpan<byte> packed) => packed.Length % BytesPerDay == 0
        ? packed.Length / BytesPerDay
        : throw new FormatException($"packed returns have {packed.Length} bytes; allowed: a multiple of {BytesPerDay}.");
}
