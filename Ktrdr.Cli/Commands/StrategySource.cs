using System.Globalization;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Strategies;

namespace Ktrdr.Cli.Commands;

/// <summary>A strategy named on the command line: a stored name or hash, or a document's path, which is saved first.</summary>
internal static class StrategySource
{
    /// <summary>What the service reads as one document.</summary>
    private const int LargestBytes = 1 << 20;

    public static async Task<string> ResolveAsync(IKtrdrApi api, Output output, string nameOrPath, CancellationToken cancellationToken)
    {
        if (!LooksLikeFile(nameOrPath))
        {
            return nameOrPath;
        }

        var stored = await api.SaveStrategyAsync(new StrategyDocumentRequest(await ReadAsync(nameOrPath, cancellationToken).ConfigureAwait(false)), cancellationToken).ConfigureAwait(false);
        output.Note($"{nameOrPath} is stored as {stored.Name} version {stored.Version} ({Words.Hash(stored.Hash)}).");
        return stored.Hash;
    }

    /// <summary>The text of a document: a file's, or that of a stored strategy named as <c>name</c>, <c>name@version</c> or by its hash.</summary>
    public static async Task<string> DocumentAsync(IKtrdrApi api, string nameOrPath, CancellationToken cancellationToken)
    {
        if (LooksLikeFile(nameOrPath))
        {
            return await ReadAsync(nameOrPath, cancellationToken).ConfigureAwait(false);
        }

        var (name, version) = Split(nameOrPath);
        return (await api.GetStrategyAsync(name, version, cancellationToken).ConfigureAwait(false)).Document;
    }

    /// <summary>A name and, behind an @, a version.</summary>
    public static (string Name, int? Version) Split(string reference)
    {
        var at = reference.LastIndexOf('@');
        if (at < 0)
        {
            return (reference, null);
        }

        return int.TryParse(reference.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? (reference[..at], version)
            : throw new UsageException($"'{reference}' is not name@version: the version is a whole number.");
    }

    public static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new UsageException(Directory.Exists(path)
                ? $"'{path}' is a folder: a strategy document in YAML or JSON is needed."
                : $"the strategy document '{path}' does not exist.");
        }

        // The service ends the connection on a larger body before it can say so.
        var length = new FileInfo(path).Length;
        return length <= LargestBytes
            ? await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)
            : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"the strategy document '{path}' has {length} bytes; allowed: 1 to {LargestBytes}."));
    }

    public static bool LooksLikeFile(string text) =>
        File.Exists(text) || text.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".yml", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
}
