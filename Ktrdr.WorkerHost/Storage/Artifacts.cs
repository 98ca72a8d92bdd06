using System.Security.Cryptography;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;

namespace Ktrdr.WorkerHost.Storage;

/// <summary>Whole artifacts by their hash.</summary>
public static class Artifacts
{
    /// <summary>SHA-256 in lower-case hex.</summary>
    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <exception cref="InvalidDataException">The bytes that came do not have this hash.</exception>
    public static async Task<byte[]> ReadArtifactAsync(this IWorkersApi api, string sha256, CancellationToken cancellationToken)
    {
        using var response = await api.GetArtifactAsync(sha256, cancellationToken).ConfigureAwait(false);
        var bytes = await ReadBytesAsync(response, cancellationToken).ConfigureAwait(false);
        var found = HashOf(bytes);
        return found == sha256 ? bytes : throw new InvalidDataException($"artifact {sha256} came with the hash {found}");
    }

    /// <summary>The whole body. A connection that breaks in the middle is an outage like one that breaks before.</summary>
    public static async Task<byte[]> ReadBytesAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw new KtrdrApiException($"The answer to {response.RequestMessage?.RequestUri} broke off: {broken.Message}", broken);
        }
    }

    /// <summary>Stores the bytes and returns their hash.</summary>
    public static async Task<string> StoreArtifactAsync(this IWorkersApi api, byte[] bytes, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(bytes, writable: false);
        ArtifactStored stored = await api.PutArtifactAsync(HashOf(bytes), content, cancellationToken).ConfigureAwait(false);
        return stored.Sha256;
    }
}
