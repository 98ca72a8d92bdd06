using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Backtesting;

/// <summary>One symbol of a run.</summary>
/// <param name="Bars">All bars; those before <paramref name="Start"/> are pre-roll that the decisions may have used.</param>
/// <param name="Start">First bar of the window: the first decision is made at its close.</param>
/// <param name="EndExclusive">End of the window. A decision at the last close has no open to be filled at and is dropped.</param>
/// <param name="Decisions">Pure decisions for at least <paramref name="EndExclusive"/> bars.</param>
/// <param name="Instrument">Contract size and quote currency; null: those of the options.</param>
public sealed record SymbolRun(BarSeries Bars, int Start, int EndExclusive, IDecisions Decisions, InstrumentTerms? Instrument = null)
{
    internal void Check(List<Problem> problems)
    {
        if (Start < 0 || EndExclusive > Bars.Count || Start >= EndExclusive)
        {
            problems.Add(new Problem(
                "invalid_window", "window", $"Window [{Start}, {EndExclusive}) of {Bars.Symbol}: it must hold at least one of its {Counted.Of(Bars.Count, "bar")}."));
        }

        if (Decisions.Count < EndExclusive)
        {
            problems.Add(new Problem(
                "invalid_decisions", "decisions", $"{Decisions.Count} decisions for a window of {Bars.Symbol} that ends at bar {EndExclusive}: one per bar is needed."));
        }
    }
}

/// <summary>How a run is watched, interrupted and taken up again.</summary>
public sealed record RunControl
{
    /// <summary>Looked at at least every 65 536 bars.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Told the share of bars done, in [0, 1].</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>Told the state of the run every <see cref="CheckpointInterval"/> bars, and before a cancelled run ends.</summary>
    public Action<BacktestCheckpoint>? Checkpoint { get; init; }

    /// <summary>Bars of the timeline between two checkpoints, at least 1.</summary>
    public int CheckpointInterval { get; init; } = 1 << 16;

    /// <summary>Where to go on: the rest of the run gives the bits of the unbroken one.</summary>
    public BacktestCheckpoint? Resume { get; init; }

    internal bool NeedsSteps => Checkpoint is not null || Resume is not null;
}
