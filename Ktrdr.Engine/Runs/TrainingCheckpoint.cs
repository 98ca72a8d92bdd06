using System.Text;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// A whole training between two epochs: the networks that are kept, then the folds that judge them. Resumed from it, both give the bits of the unbroken run. Immutable; the bytes carry a
/// SHA-256 of themselves.
/// </summary>
/// <param name="Kept">The training whose networks are kept; finished where there are folds.</param>
/// <param name="Folds">Null where none has begun.</param>
public sealed record TrainingCheckpoint(SeedCheckpoint Kept, FoldCheckpoint? Folds)
{
    private const string Magic = "KRUN1";

    /// <summary>What <see cref="FromBytes"/> reads: a SHA-256 of the rest, then the rest.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            Write(writer, Kept.ToBytes());
            writer.Write(Folds is not null);
            Folds?.Write(writer);
        }

        return CheckpointSeal.Close(stream.ToArray());
    }

    /// <exception cref="InvalidInputException">The bytes are no checkpoint of a training, or damaged.</exception>
    public static TrainingCheckpoint FromBytes(ReadOnlySpan<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(CheckpointSeal.Open(bytes)), Encoding.UTF8);
        return reader.ReadString() is var magic && magic == Magic
            ? new TrainingCheckpoint(SeedCheckpoint.FromBytes(Read(reader)), reader.ReadBoolean() ? FoldCheckpoint.Read(reader) : null)
            : throw CheckpointSeal.Invalid($"its format is {magic}, this version reads {Magic}");
    }

    internal static void Write(BinaryWriter writer, byte[] bytes)
    {
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    internal static byte[] Read(BinaryReader reader) => reader.ReadBytes(reader.ReadInt32());
}

/// <summary>Folds of a validation scheme, between two epochs of one of them. Immutable.</summary>
/// <param name="Fingerprint">SHA-256 over strategy, bars, rows, seeds and costs: a checkpoint only continues the folds it came from.</param>
/// <param name="Finished">In their order.</param>
/// <param name="Current">The training of the fold after those; null where it has not finished an epoch.</param>
public sealed record FoldCheckpoint(string Fingerprint, IReadOnlyList<FoldOutcome> Finished, SeedCheckpoint? Current)
{
    internal void Write(BinaryWriter writer)
    {
        writer.Write(Fingerprint);
        writer.Write(Finished.Count);
        foreach (var fold in Finished)
        {
            writer.Write(fold.Number);
            writer.Write(fold.TestStart);
            writer.Write(fold.TestEnd);
            writer.Write(fold.TrainRows);
            writer.Write(fold.TestRows);
            writer.Write(fold.TestLoss);
            writer.Write(fold.Accuracy);
            writer.Write(fold.Daily?.Count ?? -1);
            for (var i = 0; i < fold.Daily?.Count; i++)
            {
                writer.Write(fold.Daily.Days[i]);
                writer.Write(fold.Daily.Returns[i]);
            }
        }

        TrainingCheckpoint.Write(writer, Current?.ToBytes() ?? []);
    }

    internal static FoldCheckpoint Read(BinaryReader reader)
    {
        var fingerprint = reader.ReadString();
        var finished = new FoldOutcome[reader.ReadInt32()];
        for (var i = 0; i < finished.Length; i++)
        {
            finished[i] = new FoldOutcome(
                reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadDouble(), reader.ReadDouble(), ReadDaily(reader));
        }

        var current = TrainingCheckpoint.Read(reader);
        return new FoldCheckpoint(fingerprint, finished, current.Length == 0 ? null : SeedCheckpoint.FromBytes(current));
    }

    private static DailyReturns? ReadDaily(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        if (count < 0)
        {
            return null;
        }

        var (days, returns) = (new int[count], new double[count]);
        for (var i = 0; i < count; i++)
        {
            (days[i], returns[i]) = (reader.ReadInt32(), reader.ReadDouble());
        }

        return new DailyReturns(days, returns);
    }
}
