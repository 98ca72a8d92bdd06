using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Strategies;

namespace Ktrdr.Cli.Commands;

/// <summary>A strategy named on the command line: a stored name or hash, or a document's path, which is saved first.</summary>
internal static class StrategySource
{
    public static async Task<string> ResolveAsync(IKtrdrApi api, Output output, string nameOrPath, CancellationToken cancellationToken)
    {
        if (!LooksLikeFile(nameOrPath))
        {
            return nameOrPath;
        }

        var stored = await api.SaveStrategyAsync(new StrategyDocumentRequest(await ReadAsync(nameOrPath, cancellationToken).ConfigureAwait(false)), cancellationToken).ConfigureAwait(false);
        output.Note($"{nameOrPath} is stored as {stored.Name} version {stored.Version} ({stored.Hash[..12]}).");
        return stored.Hash;
    }

    public static async Task<string> ReadAsync(string path, CancellationToken cancellationToken) =>
        File.Exists(path)
            ? await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)
            : Directory.Exists(path)
            ? throw new UsageException($"'{path}' is a folder: a strategy document in YAML or JSON is needed.")
            : throw new UsageException($"the strategy document '{path}' does not exist.");

    private static bool LooksLikeFile(string text) =>
        File.Exists(text) || text.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".yml", StringComparison.OrdinalIgnoreCase) || text.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
}
