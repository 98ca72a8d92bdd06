using System.Security.Cryptography;
using System.Text;

namespace Ktrdr.Engine.Learning;

/// <summary>Several seeds' trainings, each between two of its own epochs (or not begun). Immutable; the bytes carry a SHA-256 of themselves.</summary>
public sealed class SeedCheckpoint
{
    private const string Magic = "KSEEDS1";

    private readonly ulong[] _seeds;

    private SeedCheckpoint(ulong[] seeds, TrainerCheckpoint?[] checkpoints) => (_seeds, Checkpoints) = (seeds, checkpoints);

    public IReadOnlyList<ulong> Seeds => _seeds;

    /// <summary>Per seed; null where it has not finished an epoch.</summary>
    public IReadOnlyList<TrainerCheckpoint?> Checkpoints { get; }

    /// <summary>Finished epochs of all seeds together.</summary>
    public int Epochs => Checkpoints.Sum(c => c?.Epoch ?? 0);

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

        var payload = stream.ToArray();
        return [.. SHA256.HashData(payload), .. payload];
    }

    /// <exception cref="InvalidInputException">The bytes are no checkpoint of several seeds, or damaged.</exception>
    public static SeedCheckpoint FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SHA256.HashSizeInBytes)
        {
            throw Invalid("it is cut off");
        }

        var payload = bytes[SHA256.HashSizeInBytes..].ToArray();
        if (!bytes[..SHA256.HashSizeInBytes].SequenceEqual(SHA256.HashData(payload)))
        {
            throw Invalid("its checksum does not match: the file is damaged or no checkpoint");
        }

        using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
        if (reader.ReadString() is var magic && magic != Magic)
        {
            throw Invalid($"its format is {magic}, several seeds need {Magic}");
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
            throw Invalid($"it holds the seeds {string.Join(", ", _seeds)}, this training has {string.Join(", ", seeds)}");
        }
    }

    private static InvalidInputException Invalid(string reason) => new(new Problem("invalid_checkpoint", "checkpoint", $"The training checkpoint cannot be used: {reason}."));
}
