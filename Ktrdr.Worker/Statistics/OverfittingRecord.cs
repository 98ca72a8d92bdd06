using Ktrdr.Contracts.Research;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Worker.Statistics;

/// <summary>The engine's report as the wire's record.</summary>
internal static class OverfittingRecord
{
    public static OverfittingStatistics Of(OverfittingReport report) => new()
    {
        Dataset = report.DatasetVersion,
        Window = report.Window,
        Trials = report.TrialsWithReturns,
        TrialsUsed = report.TrialsUsed,
        Days = report.Days,
        FirstDay = Date(report.FirstDay),
        LastDay = Date(report.LastDay),
        ProbabilityOfOverfitting = report.Pbo?.Probability,
        ProbabilityOfLoss = report.Pbo?.ProbabilityOfLoss,
        DegradationSlope = report.Pbo?.DegradationSlope,
        MedianLogit = report.Pbo?.MedianLogit,
        Blocks = report.Pbo?.Blocks,
        RealityCheckPValue = report.DataSnooping?.RealityCheck.PValue,
        SpaPValue = report.DataSnooping?.Spa.Consistent,
        SpaLowerPValue = report.DataSnooping?.Spa.Lower,
        SpaUpperPValue = report.DataSnooping?.Spa.Upper,
        BestStrategyHash = report.DataSnooping?.Best.StrategyHash,
        BlockLength = report.DataSnooping?.BlockLength,
        Replications = report.DataSnooping?.Replications,
        Seed = unchecked((long)report.Seed),
        Notes = report.Notes,
    };

    private static DateOnly? Date(int? day) => day is { } d ? UtcDay.DateOf(d) : null;
}
