using System.Security.Cryptography;
using System.Text.Json;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Strategies;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Engine;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Api.Sweeps;

/// <summary>
/// What a part had computed when it failed or was cancelled: its last saved state holds every variant whose result ever left the worker. Each was tried, so each is counted,
/// as if the part had come to its end.
/// </summary>
internal sealed partial class SweepPartRemains(SweepVariantStore variants, StrategyStore strategies, ArtifactFolder artifacts, ILogger<SweepPartRemains> logger) : IRemainsHandler
{
    public string Type => OperationTypes.SweepPart;

    public async Task CommitAsync(OperationRow operation, CancellationToken cancellationToken)
    {
        if (operation.Checkpoint is null)
        {
            return;
        }

        var request = Json.Read<SweepPartRequest>(operation.Request);
        var computed = await ReadAsync(operation, request, cancellationToken) ?? await AllAsync(request, cancellationToken);
        await variants.AddAsync(operation, request.SweepId, computed, resultHash: null, cancellationToken);
    }

    /// <summary>Null where the state's bytes are gone, damaged, or not of this part.</summary>
    private async Task<IReadOnlyList<SweepVariant>?> ReadAsync(OperationRow operation, SweepPartRequest request, CancellationToken cancellationToken)
    {
        var sha256 = Json.Read<CheckpointReference>(operation.Checkpoint!).Sha256;
        try
        {
            var bytes = await File.ReadAllBytesAsync(artifacts.PathOf(sha256), cancellationToken);
            if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != sha256)
            {
                throw new InvalidDataException("its bytes do not have its hash");
            }

            var computed = JsonSerializer.Deserialize<List<SweepVariant>>(bytes, KtrdrJson.Options) ?? throw new InvalidDataException("it holds no variants");
            var numbers = computed.Select(v => v.Number).ToHashSet();
            return numbers.Count == computed.Count && numbers.All(n => n >= request.From && n < request.To)
                ? computed
                : throw new InvalidDataException($"its numbers are not those of variants {request.From} to {request.To - 1}");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
        {
            LogUnreadable(operation.Id, sha256, unreadable.Message);
            return null;
        }
    }

    /// <summary>Which variants were tried is not known any more, so all that may have been are counted, without results.</summary>
    private async Task<IReadOnlyList<SweepVariant>> AllAsync(SweepPartRequest request, CancellationToken cancellationToken)
    {
        var sweep = request.Sweep;
        var document = StrategyReader.Parse((await strategies.RequireAsync(sweep.Strategy, null, cancellationToken)).Document, lenient: true);
        var grid = new StrategyGrid(document, [.. sweep.Parameters.Select(p => new GridAxis(p.Path, p.Values))], sweep.Sample, unchecked((ulong)sweep.Seed));
        return [.. Enumerable.Range(request.From, request.To - request.From).Select(number => new SweepVariant
        {
            Number = number,
            Values = new SortedDictionary<string, JsonElement>(grid.ValuesOf(number).ToDictionary(v => v.Key, v => v.Value), StringComparer.Ordinal),
            StrategyHash = HashOf(grid, number),
            Failure = "The part ended early, and the state that held what it had computed is gone.",
        })];
    }

    /// <summary>Null where the values make no valid document: that was never run.</summary>
    private static string? HashOf(StrategyGrid grid, int number)
    {
        try
        {
            return StrategyHash.Of(grid.At(number).Document);
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{OperationId} ended, and its state {Sha256} cannot be read: all of its variants are counted as tried. {Reason}")]
    private partial void LogUnreadable(string operationId, string sha256, string reason);
}
