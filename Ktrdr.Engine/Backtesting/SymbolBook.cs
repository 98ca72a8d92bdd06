using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>One symbol of a run: its bars, costs and decisions, and the state of its position.</summary>
internal sealed class SymbolBook
{
    private readonly double[]? _averageRange;

    public SymbolBook(int index, SymbolRun run, BacktestOptions options)
    {
        Index = index;
        (Bars, Start, End, Decisions) = (run.Bars, run.Start, run.EndExclusive, run.Decisions);
        Costs = new TradingCosts(options, run.Instrument ?? options.Instrument);
        Exits = options.Exits;
        if (NeedsRange(options.Exits?.Stop) || NeedsRange(options.Exits?.Target) || NeedsRange(options.Exits?.Trailing))
        {
            _averageRange = AverageRange(Bars.Slice(0, End), options.Exits!.AtrPeriod);
        }
    }

    public int Index { get; }

    public BarSeries Bars { get; }

    public int Start { get; }

    /// <summary>Exclusive.</summary>
    public int End { get; }

    public IDecisions Decisions { get; }

    public TradingCosts Costs { get; }

    public ExitSpec? Exits { get; }

    public PositionSide Side { get; set; }

    public double Quantity { get; set; }

    /// <summary>Value of the position per unit of price, negative while short; 0 when flat.</summary>
    public double SignedValue { get; set; }

    /// <summary>What the account is owed besides <see cref="SignedValue"/> · price: a short's margin and proceeds.</summary>
    public double Margin { get; set; }

    public int EntryFill { get; set; }

    public int EntryBar { get; set; }

    public double EntryPrice { get; set; }

    /// <summary>Financing charged to the open position.</summary>
    public double Financing { get; set; }

    /// <summary>The last price at which the position was valued.</summary>
    public double LastMark { get; set; }

    public int LastFillBar { get; set; } = -1;

    public long LastFillTime { get; set; }

    /// <summary>Of the open position.</summary>
    public ExitLevels Levels;

    /// <summary>To be executed at the next open.</summary>
    public PendingOrder Pending { get; set; } = PendingOrder.None;

    /// <summary>The bar at whose close the open position has been held long enough.</summary>
    public int TimeExitBar => Exits?.TimeBars is { } bars && Side != PositionSide.Flat ? EntryBar + bars - 1 : int.MaxValue;

    public HeldState State => new(Side, LastFillBar, LastFillTime);

    /// <summary>Average true range at the close of <paramref name="bar"/>: NaN while it warms up, and where nothing needs it.</summary>
    public double AverageRangeAt(int bar) => _averageRange is null ? double.NaN : _averageRange[bar];

    /// <summary>A level in average true ranges needs one that is known.</summary>
    public bool LacksRange(int bar) => _averageRange is not null && !(_averageRange[bar] > 0);

    /// <summary>Turns the decision at the close of <paramref name="bar"/> into the order for the next open, a time exit that falls due included.</summary>
    public PendingOrder OrderAfter(int bar, Signal signal)
    {
        if (bar != TimeExitBar)
        {
            return new PendingOrder(signal, false);
        }

        var isOpposite = signal == (Side == PositionSide.Long ? Signal.Sell : Signal.Buy);
        return isOpposite ? new PendingOrder(signal, false) : new PendingOrder(Signal.Hold, true);
    }

    private static bool NeedsRange(ExitLevel? level) => level is { Unit: ExitUnit.Atr };

    /// <summary>Wilder's, from the first bar of the data on, so that its bits do not depend on the window.</summary>
    private static double[] AverageRange(BarSeries bars, int period)
    {
        IndicatorCatalog.TryFind("atr", out var type);
        var problems = new List<Problem>();
        var arguments = type!.Bind(new Dictionary<string, object?> { ["period"] = period }, "exits", problems);
        return problems.Count > 0 ? throw new InvalidInputException(problems) : type.Compute(bars, arguments)[0];
    }
}
