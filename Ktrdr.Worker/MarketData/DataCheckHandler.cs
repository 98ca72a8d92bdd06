using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.MarketData;

/// <summary>Says what an import of a file would find. A file that would be refused is a result, not a failure.</summary>
internal sealed class DataCheckHandler : IOperationHandler
{
    private const int ListedGaps = 200;

    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var import = context.Read<DataLoadRequest>().Import ?? throw new OperationFailedException(ErrorCodes.InvalidField, "request holds no 'import'; allowed: the file to check.");
        var bytes = await ImportedFile.FetchAsync(context, import).ConfigureAwait(false);
        context.Report(new OperationProgress(20, $"checking {import.FileName}") { CurrentItem = import.FileName });
        var result = await context.ComputeAsync(() => Check(bytes, import)).ConfigureAwait(false);
        return OperationOutcome.Of(result, ResultHash.Of(result));
    }

    private static DataCheckResult Check(byte[] bytes, ImportRequest import)
    {
        try
        {
            var read = ImportedFile.Read(bytes, import);
            return new DataCheckResult
            {
                Accepted = true,
                Findings = DatasetDescription.Summaries(read.Findings),
                Gaps = DatasetDescription.Gaps(read.Bars, ListedGaps),
            };
        }
        catch (InvalidInputException refused)
        {
            return new DataCheckResult
            {
                Accepted = false,
                Problems = [.. refused.Problems.Select(p => new DocumentProblem(p.Code, p.Path, p.Message.ReplaceLineEndings(" "), "error") { Line = p.Line, Value = p.Value, Allowed = p.Allowed })],
            };
        }
    }
}
