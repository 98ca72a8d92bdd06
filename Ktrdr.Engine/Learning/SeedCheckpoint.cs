using System.Text;

namespace Ktrdr.Engine.Learning;

/// <summary>Several seeds' trainings, each between two of its own epochs (or not begun). Immutable; the bytes carry a SHA-256 of themselves.</summary>
public sealed class SeedCheckpoint
{
    private const string Magic = "KSEEDS1";

    private readonly ulong[] _seeds;

    private SeedCheckpoint(ulong[] seeds, TrainerCheckpoint?[] checkpoints) => (_seeds, Checkpoints) = (seeds, checkpoints);

    /// <summary>Per seed; null where it has not finished an epoch.</summary>
    public IReadOnlyList<TrainerCheckpoint?> Checkpoints { get; }

    /// <summary>Finished epochs of all seeds together.</summary>
    public int Epochs => Checkpoints.Sum(c => c?.Epoch ?? 0);

    /// <summary>What <see cref="FromBytes"/> reads: a SHA-256 of the rest, then the rest.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(_seeds.Length);
            for (var i = 0; i < _seeds.Length; i++)
            {
                var bytes = Checkpoints[i]?.ToBytes() ?? [];
                writer.Write(_seeds[i]);
                writer.Write(bytes.Length);
                writer.Write(bytes);
            }
        }

        return CheckpointSeal.Close(stream.ToArray());
    }

    /// <exception cref="InvalidInputException">The bytes are no checkpoint of several seeds, or damaged.</exception>
    public static SeedCheckpoint FromBytes(ReadOnlySpan<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(CheckpointSeal.Open(bytes)), Encoding.UTF8);
        if (reader.ReadString() is var magic && magic != Magic)
        {
            throw CheckpointSeal.Invalid($"its format is {magic}, several seeds need {Magic}");
        }

        var seeds = new ulong[reader.ReadInt32()];
        var checkpoints = new TrainerCheckpoint?[seeds.Length];
        for (var i = 0; i < seeds.Length; i++)
        {
            seeds[i] = reader.ReadUInt64();
            var inner = reader.ReadBytes(reader.ReadInt32());
            checkpoints[i] = inner.Length == 0 ? null : TrainerCheckpoint.FromBytes(inner);
        }

        return new SeedCheckpoint(seeds, checkpoints);
    }

    internal static SeedCheckpoint Of(IReadOnlyList<ulong> seeds, TrainerCheckpoint?[] checkpoints) => new([.. seeds], [.. checkpoints]);

    internal void CheckSeeds(IReadOnlyList<ulong> seeds)
    {
        if (!seeds.SequenceEqual(_seeds))
        {
            throw CheckpointSeal.Invalid($"it holds the seeds {string.Join(", ", _seeds)}, this training has {string.Join(", ", seeds)}");
        }
    }
}
