using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// SHA-256, lower-case hex, over the trades in a canonical form: the text "KTRADES1", the symbol's UTF-8 length and bytes, the count, then per trade side,
/// exit reason, entry time, exit time (64-bit), quantity, both prices, both commissions (IEEE 754 bits); integers little-endian.
/// Equal hashes mean the same trades to the last bit.
/// </summary>
internal static class TradeListHash
{
    private const int TradeBytes = (2 * sizeof(int)) + (7 * sizeof(long));

    public static string Of(string symbol, IReadOnlyList<Trade> trades)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[TradeBytes];
        hash.AppendData("KTRADES1"u8);
        var name = Encoding.UTF8.GetBytes(symbol);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, name.Length);
        hash.AppendData(bytes[..sizeof(int)]);
        hash.AppendData(name);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, trades.Count);
        hash.AppendData(bytes[..sizeof(int)]);
        foreach (var trade in trades)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, (int)trade.Side);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], (int)trade.ExitReason);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], trade.EntryTime);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], trade.ExitTime);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[24..], trade.Quantity);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[32..], trade.EntryPrice);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[40..], trade.ExitPrice);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[48..], trade.EntryCommission);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[56..], trade.ExitCommission);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
