using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// SHA-256, lower-case hex, over the trades in a canonical form: the text "KTRADES2", the number of symbols and for each its UTF-8 length and bytes, the count of
/// trades, then per trade symbol, side, exit reason, entry bar, entry time, exit time (64-bit), quantity, unit value, both prices, both commissions, financing
/// (IEEE 754 bits); integers little-endian. Equal hashes mean the same trades to the last bit.
/// </summary>
internal static class TradeListHash
{
    private const int TradeBytes = (4 * sizeof(int)) + (9 * sizeof(long));

    public static string Of(IReadOnlyList<string> symbols, IReadOnlyList<Trade> trades)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[TradeBytes];
        hash.AppendData("KTRADES2"u8);
        AppendCount(symbols.Count, bytes);
        foreach (var symbol in symbols)
        {
            var name = Encoding.UTF8.GetBytes(symbol);
            AppendCount(name.Length, bytes);
            hash.AppendData(name);
        }

        AppendCount(trades.Count, bytes);
        foreach (var trade in trades)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, trade.Symbol);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], (int)trade.Side);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], (int)trade.ExitReason);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], trade.EntryBar);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], trade.EntryTime);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], trade.ExitTime);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[32..], trade.Quantity);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[40..], trade.UnitValue);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[48..], trade.EntryPrice);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[56..], trade.ExitPrice);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[64..], trade.EntryCommission);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[72..], trade.ExitCommission);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[80..], trade.Financing);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void AppendCount(int count, Span<byte> scratch)
        {
            BinaryPrimitives.WriteInt32LittleEndian(scratch, count);
            hash.AppendData(scratch[..sizeof(int)]);
        }
    }
}
