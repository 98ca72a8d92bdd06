using System.Security.Cryptography;

namespace Ktrdr.Engine.Learning;

/// <summary>The envelope of a training's checkpoint: the SHA-256 of the payload, then the payload, so that a torn file is refused.</summary>
internal static class CheckpointSeal
{
    public static byte[] Close(byte[] payload) => [.. SHA256.HashData(payload), .. payload];

    /// <summary>The payload that <see cref="Close"/> was given.</summary>
    /// <exception cref="InvalidInputException">The bytes are cut off, damaged or no checkpoint.</exception>
    public static byte[] Open(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SHA256.HashSizeInBytes)
        {
            throw Invalid("it is cut off");
        }

        var payload = bytes[SHA256.HashSizeInBytes..].ToArray();
        return bytes[..SHA256.HashSizeInBytes].SequenceEqual(SHA256.HashData(payload))
            ? payload
            : throw Invalid("its checksum does not match: the file is damaged or no checkpoint");
    }

    public static InvalidInputException Invalid(string reason) => new(new Problem("invalid_checkpoint", "checkpoint", $"The training checkpoint cannot be used: {reason}."));
}
