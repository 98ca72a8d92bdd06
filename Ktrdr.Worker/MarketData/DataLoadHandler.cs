using System.Globalization;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.MarketData;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker.MarketData;

/// <summary>Makes a dataset version from a file that was put as an artifact, or from a generator.</summary>
internal sealed class DataLoadHandler(TimeProvider time) : IOperationHandler
{
    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<DataLoadRequest>();
        var loaded = request switch
        {
            { Import: { } import, Generate: null } => await ImportAsync(context, import).ConfigureAwait(false),
            { Import: null, Generate: { } generate } => await GenerateAsync(context, generate).ConfigureAwait(false),
            _ => throw new OperationFailedException(ErrorCodes.InvalidField, "request holds both or none of 'import' and 'generate'; allowed: exactly one."),
        };

        context.Cancellation.ThrowIfCancellationRequested();
        context.Report(new OperationProgress(80, $"storing {loaded.Bars.Count} bars"));
        var version = DatasetDescription.Of(loaded, time.GetUtcNow());
        var bytes = loaded.Bars.ToBytes();
        var sha256 = await context.CallAsync((api, token) => api.StoreArtifactAsync(bytes, token)).ConfigureAwait(false);
        context.Report(new OperationProgress(100, "stored"));
        return OperationOutcome.Of(new DataLoadResult(version, sha256), ResultHash.Of(new DataLoadResult(version with { CreatedAt = default }, sha256)));
    }

    private static async Task<LoadedBars> ImportAsync(OperationContext context, ImportRequest import)
    {
        var bytes = await ImportedFile.FetchAsync(context, import).ConfigureAwait(false);
        context.Report(new OperationProgress(20, $"checking {import.FileName}") { CurrentItem = import.FileName });
        var read = await context.ComputeAsync(() => ImportedFile.Read(bytes, import)).ConfigureAwait(false);
        return new LoadedBars(read.Bars, read.Findings, import.FileName, Synthetic: false, External: import.Provider != "csv");
    }

    private static async Task<LoadedBars> GenerateAsync(OperationContext context, GenerateRequest request)
    {
        context.Report(new OperationProgress(5, $"generating {request.Bars} bars"));
        var timeframe = Timeframe.Parse(request.Timeframe);
        var seed = unchecked((ulong)request.Seed);
        var bars = await context.ComputeAsync(() => request.Kind switch
        {
            "null" => SyntheticMarket.Null(seed, request.Bars, request.Symbol, timeframe),
            "planted" => SyntheticMarket.Planted(seed, request.Bars, Edge(request), symbol: request.Symbol, timeframe: timeframe),
            "regimes" => SyntheticMarket.Regimes(seed, request.Bars, request.Symbol, timeframe),
            _ => throw new OperationFailedException(ErrorCodes.InvalidField, $"kind is '{request.Kind}'; allowed: null, planted, regimes."),
        }).ConfigureAwait(false);
        var edge = request.Kind == "planted" ? string.Create(CultureInfo.InvariantCulture, $", strength {Edge(request).Strength:R} after {Edge(request).LookBack} bars") : "";
        return new LoadedBars(bars, [], $"generator {request.Kind}, seed {request.Seed}{edge}", Synthetic: true, External: false);
    }

    private static PlantedEdge Edge(GenerateRequest request)
    {
        var usual = new PlantedEdge();
        return new PlantedEdge { Strength = request.Strength ?? usual.Strength, LookBack = request.LookBack ?? usual.LookBack };
    }
}

/// <summary>Bars on their way to become a dataset version.</summary>
internal sealed record LoadedBars(BarSeries Bars, IReadOnlyList<DataFinding> Findings, string Source, bool Synthetic, bool External);
