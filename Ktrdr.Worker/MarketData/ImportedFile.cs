using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.MarketData;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker.MarketData;

/// <summary>A file that was put as an artifact, read as its request says.</summary>
internal static class ImportedFile
{
    public static async Task<byte[]> FetchAsync(OperationContext context, ImportRequest import)
    {
        context.Report(new OperationProgress(5, $"reading {import.FileName}") { CurrentItem = import.FileName });
        try
        {
            return await context.CallAsync((api, token) => api.ReadArtifactAsync(import.Sha256, token)).ConfigureAwait(false);
        }
        catch (InvalidDataException damaged)
        {
            throw new OperationFailedException(ErrorCodes.InvalidData, $"{import.FileName} arrived damaged: {damaged.Message}.", damaged) { Retryable = true };
        }
    }

    /// <exception cref="Engine.InvalidInputException">What the policy rejects, with rows and what is allowed.</exception>
    public static CsvImport Read(byte[] bytes, ImportRequest import)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return import.Provider switch
        {
            "fred" => ExternalSeries.ReadFred(stream, import.Symbol["fred_".Length..], import.PublicationLagHours),
            "cftc_cot" => CommitmentsOfTraders.Read(stream, import.Symbol["cot_".Length..^"_net_pos".Length], import.Market, import.PublicationLagHours),
            _ => CsvBars.Read(stream, new CsvOptions
            {
                Symbol = import.Symbol,
                Timeframe = import.Timeframe is { } timeframe ? Timeframe.Parse(timeframe) : null,
                TimeZone = import.TimeZone,
                TimeFormat = import.TimeFormat,
                Columns = import.Columns,
                Calendar = import.Calendar is { } calendar ? MarketCalendar.Parse(calendar) : null,
                Policy = DataPolicy.Of(import.Policy ?? new Dictionary<string, string>()),
            }),
        };
    }
}
