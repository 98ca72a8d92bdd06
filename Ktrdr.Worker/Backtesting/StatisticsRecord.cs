using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Worker.Backtesting;

/// <summary>The engine's statistics of a run as the wire's record.</summary>
internal static class StatisticsRecord
{
    public static BacktestStatistics Of(RunStatistics statistics) => new()
    {
        IntervalLevel = statistics.Intervals.Level,
        Intervals = [.. statistics.Intervals.Intervals.Select(i => new FigureInterval(i.Metric, i.Estimate, i.Lower, i.Upper))],
        PermutationP = statistics.Permutation?.PValue,
        ProbabilisticSharpe = statistics.ProbabilisticSharpe,
        MinimumTrackRecordDays = statistics.MinimumTrackRecordDays,
        Benchmarks =
        [
            .. statistics.Benchmarks.Select(b => new BenchmarkFigures(b.Name, b.TotalReturn, b.Sharpe, b.MaxDrawdown)),
            .. statistics.Random is { } random ? new[] { new BenchmarkFigures("random", random.TotalReturn, random.Sharpe, null) } : [],
        ],
        CostStress = [.. statistics.CostStress.Select(s => new CostStressFigures(s.Multiple, s.TotalReturn, s.Sharpe))],
        StabilityScore = statistics.Stability.Score,
        Stability = Figures(statistics.Stability),
    };

    public static IReadOnlyList<StabilityFigures> Figures(Stability stability) =>
        [.. stability.Kinds.SelectMany(kind => kind.Parts.Select(part => new StabilityFigures(KtrdrJson.Word(kind.Kind), part.Name, part.NetSharpe, part.NetReturn)))];
}
