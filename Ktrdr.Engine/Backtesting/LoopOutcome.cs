using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Backtesting;

/// <summary>What a loop leaves behind besides the ledger.</summary>
/// <param name="Timeline">The moments of the run.</param>
/// <param name="Equity">Account value at each close.</param>
/// <param name="Tally">Measures of the curve.</param>
/// <param name="ClosesHeld">Closes with an open position.</param>
/// <param name="Counts">How the decisions ended.</param>
internal sealed record LoopOutcome(Timeline Timeline, double[] Equity, EquityTally Tally, int ClosesHeld, DecisionCounts Counts);

/// <summary>Open times of the bars of a run: those of its only symbol, or the union over several.</summary>
internal sealed class Timeline
{
    private const double MillisecondsPerYear = 365.25 * 86_400_000.0;

    private readonly BarSeries? _window;
    private readonly long[]? _union;

    /// <param name="window">The bars of the run, no others.</param>
    public Timeline(BarSeries window) => _window = window;

    public Timeline(IReadOnlyList<SymbolBook> books) =>
        _union = books.Count == 1
            ? books[0].Bars.Times[books[0].Start..books[0].End].ToArray()
            : [.. books.SelectMany(b => b.Bars.Times[b.Start..b.End].ToArray()).Order().Distinct()];

    /// <summary>Unix milliseconds UTC, ascending.</summary>
    public ReadOnlySpan<long> Times => _window is null ? _union : _window.Times;

    /// <summary>Bars per calendar year of 365.25 days as observed: (n − 1) bars over the elapsed time; null for one bar.</summary>
    public double? BarsPerYear => Times.Length < 2 ? null : (Times.Length - 1) * MillisecondsPerYear / (Times[^1] - Times[0]);
}
