using System.Security.Cryptography;
using System.Text;

namespace Ktrdr.Engine.Backtesting;

/// <summary>A run between two bars: cash, positions with their levels and timers, pending orders, and everything done so far. Decisions are pure and need no state.</summary>
public sealed class BacktestCheckpoint
{
    private const string Magic = "KBTCK1";

    internal BacktestCheckpoint(string fingerprint, int barsDone, int bars, byte[] state) =>
        (Fingerprint, BarsDone, Bars, State) = (fingerprint, barsDone, bars, state);

    /// <summary>SHA-256 over bars, windows, instruments and options: a run goes on only where it began.</summary>
    public string Fingerprint { get; }

    /// <summary>Bars of the timeline that are done.</summary>
    public int BarsDone { get; }

    /// <summary>Bars of the whole timeline.</summary>
    public int Bars { get; }

    internal ReadOnlyMemory<byte> State { get; }

    /// <summary>The text "KBTCK1", fingerprint, bars done, bars, the state's length and bytes, and the SHA-256 of all of it.</summary>
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Magic);
        writer.Write(Fingerprint);
        writer.Write(BarsDone);
        writer.Write(Bars);
        writer.Write(State.Length);
        writer.Write(State.Span);
        writer.Flush();
        writer.Write(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidInputException">Not a checkpoint, cut short or damaged.</exception>
    public static BacktestCheckpoint FromBytes(byte[] bytes)
    {
        var content = bytes.Length - SHA256.HashSizeInBytes;
        if (content < 0 || !SHA256.HashData(bytes.AsSpan(0, content)).AsSpan().SequenceEqual(bytes.AsSpan(content)))
        {
            throw new InvalidInputException(new Problem("invalid_checkpoint", "checkpoint", $"{bytes.Length} bytes are no backtest checkpoint, or a damaged one: the checksum does not fit."));
        }

        using var reader = new BinaryReader(new MemoryStream(bytes, 0, content));
        if (reader.ReadString() != Magic)
        {
            throw new InvalidInputException(new Problem("invalid_checkpoint", "checkpoint", $"Not a backtest checkpoint: it must begin with {Magic}."));
        }

        return new BacktestCheckpoint(reader.ReadString(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadBytes(reader.ReadInt32()));
    }

    internal static string FingerprintOf(IReadOnlyList<SymbolRun> symbols, BacktestOptions options)
    {
        var text = new StringBuilder();
        foreach (var symbol in symbols)
        {
            text.Append(symbol.Bars.ContentHash).Append(' ').Append(symbol.Start).Append(' ').Append(symbol.EndExclusive).Append(' ').Append(symbol.Instrument).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.Append(options).ToString())));
    }
}
