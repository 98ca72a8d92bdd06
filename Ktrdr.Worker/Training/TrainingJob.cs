using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.Worker.MarketData;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Training;

/// <summary>A request's training: which document, bars, rows and seeds. Equal requests give equal jobs, whoever runs them and when.</summary>
/// <param name="Market">Bars up to the end of the window; nothing after it exists for this training.</param>
/// <param name="Start">Open time of the first bar of the window, Unix milliseconds UTC.</param>
/// <param name="Indicators">Those of the table, for the proof.</param>
internal sealed record TrainingJob(
    TrainingRequest Request, StrategyVersion Stored, RunMarket Pinned, MarketView Market, long Start, TrainingTable Table, TrainingRun Run, IndicatorMemory Indicators)
{
    /// <summary>Of indicators that are kept while the training lasts; those beyond are computed again for the proof.</summary>
    private const long MostIndicatorBytes = 1L << 28;

    public static TrainingJob Of(TrainingRequest request, StrategyVersion stored, RunMarket pinned)
    {
        var strategy = Without(request.DroppedInputs, StrategyReader.Parse(stored.Document, lenient: true));
        var (first, end) = pinned.Pinned.Range(request.Window, request.Start ?? strategy.TrainingData.StartDate, request.End ?? strategy.TrainingData.EndDate);
        var market = pinned.Before(strategy, EndOf(pinned.Pinned, end));
        var start = pinned.Pinned.Bars.Times[first];
        var indicators = new IndicatorMemory(MostIndicatorBytes);
        var table = TrainingRun.Table(strategy, market, start, indicators);
        return new TrainingJob(request, stored, pinned, market, start, table, TrainingRun.Of(strategy, table, SeedsOf(strategy, request), request.Epochs), indicators);
    }

    /// <summary>A document's own seeds decide; then the request's list; then its one seed.</summary>
    public static IReadOnlyList<ulong> SeedsOf(StrategyDocument strategy, TrainingRequest request) =>
        strategy.Seeds.Count > 0 ? [.. strategy.Seeds]
        : request.Seeds.Count > 0 ? [.. request.Seeds.Select(s => unchecked((ulong)s))]
        : [unchecked((ulong)request.Seed)];

    /// <summary>Open time of the first bar after the window, or the end of the last.</summary>
    internal static long EndOf(PinnedBars pinned, int endExclusive) =>
        endExclusive < pinned.Bars.Count ? pinned.Bars.Times[endExclusive] : pinned.Bars.Times[^1] + 1;

    private static StrategyDocument Without(IReadOnlyList<string> dropped, StrategyDocument strategy)
    {
        if (dropped.Count == 0)
        {
            return strategy;
        }

        var names = strategy.Inputs.Select(NameOf).ToList();
        if (dropped.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, $"dropped_inputs has '{unknown}'; allowed: {string.Join(", ", names)}.");
        }

        var kept = strategy.Inputs.Where(input => !dropped.Contains(NameOf(input))).ToSequence();
        return kept.Count > 0
            ? strategy with { Inputs = kept }
            : throw new OperationFailedException(ErrorCodes.InvalidField, $"dropped_inputs leaves the strategy no input; allowed: some of {string.Join(", ", names)}, not all.");
    }

    private static string NameOf(NnInput input) => input.FuzzySet ?? input.RawIndicator!.ToString();
}
