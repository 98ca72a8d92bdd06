using System.Runtime.InteropServices;
using System.Text;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// A training between two epochs: weights, optimiser moments, step, random streams, schedule and early-stop state, history and the best weights so far. Training resumed from
/// it gives the same bits as the unbroken run. Immutable; the bytes carry a SHA-256 of themselves, so that a torn file is refused.
/// </summary>
public sealed class TrainerCheckpoint
{
    private const string Magic = "KTRAIN2";

    private readonly byte[] _payload;

    private TrainerCheckpoint(byte[] payload, string fingerprint, int epoch)
    {
        _payload = payload;
        Fingerprint = fingerprint;
        Epoch = epoch;
    }

    /// <summary>Finished epochs.</summary>
    public int Epoch { get; }

    /// <summary>SHA-256 over shape, options (without the number of epochs) and data: a checkpoint only continues the training it came from.</summary>
    public string Fingerprint { get; }

    /// <summary>What <see cref="FromBytes"/> reads: a SHA-256 of the rest, then the rest.</summary>
    public byte[] ToBytes() => CheckpointSeal.Close(_payload);

    /// <exception cref="InvalidInputException">The bytes are no checkpoint, or damaged.</exception>
    public static TrainerCheckpoint FromBytes(ReadOnlySpan<byte> bytes)
    {
        var payload = CheckpointSeal.Open(bytes);
        using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
        var magic = reader.ReadString();
        return magic == Magic
            ? new TrainerCheckpoint(payload, reader.ReadString(), reader.ReadInt32())
            : throw CheckpointSeal.Invalid($"its format is {magic}, this version reads {Magic}");
    }

    internal static TrainerCheckpoint Capture(TrainingState state, string fingerprint)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(fingerprint);
            writer.Write(state.History.Count);
            writer.Write(state.Step);
            var random = state.Shuffle.State;
            writer.Write(random.S0);
            writer.Write(random.S1);
            writer.Write(random.S2);
            writer.Write(random.S3);
            writer.Write(state.BestEpoch);
            writer.Write(state.BestLoss);
            writer.Write(state.PatienceLoss);
            writer.Write(state.EpochsWithoutImprovement);
            writer.Write(state.Plateau.Best);
            writer.Write(state.Plateau.BadEpochs);
            writer.Write(state.Plateau.Reductions);
            writer.Write(state.BestClassCounts.Length);
            foreach (var count in state.BestClassCounts)
            {
                writer.Write(count);
            }

            foreach (var report in state.History)
            {
                WriteReport(writer, report);
            }

            foreach (var buffer in Buffers(state))
            {
                writer.Write(buffer.Length);
                writer.Write(MemoryMarshal.AsBytes(buffer.Span));
            }
        }

        return new TrainerCheckpoint(stream.ToArray(), fingerprint, state.History.Count);
    }

    internal void Restore(TrainingState state, string fingerprint)
    {
        if (fingerprint != Fingerprint)
        {
            throw CheckpointSeal.Invalid("it belongs to another training: network, options (other than epochs) or data differ");
        }

        using var reader = new BinaryReader(new MemoryStream(_payload), Encoding.UTF8);
        reader.ReadString();
        reader.ReadString();
        var epochs = reader.ReadInt32();
        state.Step = reader.ReadInt64();
        state.Shuffle.State = new GeneratorState(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        state.BestEpoch = reader.ReadInt32();
        state.BestLoss = reader.ReadDouble();
        state.PatienceLoss = reader.ReadDouble();
        state.EpochsWithoutImprovement = reader.ReadInt32();
        state.Plateau = new Plateau(reader.ReadDouble(), reader.ReadInt32(), reader.ReadInt32());
        state.BestClassCounts = new int[reader.ReadInt32()];
        for (var i = 0; i < state.BestClassCounts.Length; i++)
        {
            state.BestClassCounts[i] = reader.ReadInt32();
        }

        state.History.Clear();
        for (var i = 0; i < epochs; i++)
        {
            state.History.Add(ReadReport(reader));
        }

        foreach (var buffer in Buffers(state))
        {
            if (reader.ReadInt32() != buffer.Length)
            {
                throw CheckpointSeal.Invalid("its buffers have another length than the network's");
            }

            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(buffer.Span));
        }
    }

    private static AlignedFloats[] Buffers(TrainingState state) => [state.Network.Parameters, state.Moment1, state.Moment2, state.Best.Parameters];

    private static void WriteReport(BinaryWriter writer, EpochReport report)
    {
        writer.Write(report.Epoch);
        writer.Write(report.TrainLoss);
        WriteOptional(writer, report.ValidationLoss);
        WriteOptional(writer, report.TrainAccuracy);
        WriteOptional(writer, report.ValidationAccuracy);
        writer.Write(report.GradientNorm);
        writer.Write(report.LearningRate);
        writer.Write(report.IsBest);
    }

    private static EpochReport ReadReport(BinaryReader reader) => new(
        reader.ReadInt32(), reader.ReadDouble(), ReadOptional(reader), ReadOptional(reader), ReadOptional(reader), reader.ReadDouble(), reader.ReadDouble(), reader.ReadBoolean());

    private static void WriteOptional(BinaryWriter writer, double? value)
    {
        writer.Write(value.HasValue);
        writer.Write(value.GetValueOrDefault());
    }

    private static double? ReadOptional(BinaryReader reader)
    {
        var present = reader.ReadBoolean();
        var value = reader.ReadDouble();
        return present ? value : null;
    }
}
