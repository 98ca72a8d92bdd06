using System.Runtime.InteropServices;

namespace Ktrdr.Engine.Backtesting;

/// <summary>The account and its books in a checkpoint, bit for bit.</summary>
internal static class CheckpointFormat
{
    public static void Write(BinaryWriter writer, Account account, IReadOnlyList<SymbolBook> books)
    {
        writer.Write(account.Cash);
        foreach (var book in books)
        {
            writer.Write((sbyte)book.Side);
            writer.Write(book.Quantity);
            writer.Write(book.SignedValue);
            writer.Write(book.Margin);
            writer.Write(book.EntryFill);
            writer.Write(book.EntryBar);
            writer.Write(book.EntryPrice);
            writer.Write(book.Financing);
            writer.Write(book.LastMark);
            writer.Write(book.LastFillBar);
            writer.Write(book.LastFillTime);
            writer.Write((byte)book.Pending.Signal);
            writer.Write(book.Pending.IsTimeExit);
            WriteRow(writer, book.Levels);
        }

        WriteRows(writer, account.Ledger.Fills);
        WriteRows(writer, account.Ledger.Trades);
        writer.Write(account.Ledger.Rejected.Count);
        account.Ledger.Rejected.ForEach(r => WriteRow(writer, r));
        writer.Write(account.Ledger.Dropped.Count);
        account.Ledger.Dropped.ForEach(d => WriteRow(writer, d));
    }

    public static void Read(BinaryReader reader, Account account, IReadOnlyList<SymbolBook> books)
    {
        account.Cash = reader.ReadDouble();
        foreach (var book in books)
        {
            book.Side = (PositionSide)reader.ReadSByte();
            book.Quantity = reader.ReadDouble();
            book.SignedValue = reader.ReadDouble();
            book.Margin = reader.ReadDouble();
            book.EntryFill = reader.ReadInt32();
            book.EntryBar = reader.ReadInt32();
            book.EntryPrice = reader.ReadDouble();
            book.Financing = reader.ReadDouble();
            book.LastMark = reader.ReadDouble();
            book.LastFillBar = reader.ReadInt32();
            book.LastFillTime = reader.ReadInt64();
            book.Pending = new PendingOrder((Signal)reader.ReadByte(), reader.ReadBoolean());
            book.Levels = ReadRow<ExitLevels>(reader);
        }

        ReadRows(reader, account.Ledger.Fills);
        ReadRows(reader, account.Ledger.Trades);
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            account.Ledger.Rejected.Add(ReadRow<RejectedOrder>(reader));
        }

        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            account.Ledger.Dropped.Add(ReadRow<Order>(reader));
        }
    }

    private static void WriteRows<T>(BinaryWriter writer, Growable<T> rows)
        where T : unmanaged
    {
        writer.Write(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            WriteRow(writer, rows[i]);
        }
    }

    private static void ReadRows<T>(BinaryReader reader, Growable<T> rows)
        where T : unmanaged
    {
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            rows.Add() = ReadRow<T>(reader);
        }
    }

    private static void WriteRow<T>(BinaryWriter writer, in T row)
        where T : unmanaged
        => writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in row)));

    private static T ReadRow<T>(BinaryReader reader)
        where T : unmanaged
    {
        T row = default;
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(new Span<T>(ref row)));
        return row;
    }
}
