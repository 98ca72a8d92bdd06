namespace Ktrdr.Engine.Backtesting;

/// <summary>A position from its opening to its closing. Money is in account currency.</summary>
public readonly record struct Trade
{
    /// <summary>Index of the symbol in the run, 0 for the only one.</summary>
    public int Symbol { get; init; }

    public required PositionSide Side { get; init; }

    /// <summary>Units, positive.</summary>
    public required double Quantity { get; init; }

    /// <summary>Account currency for one unit and a price of 1: contract size times conversion rate.</summary>
    public required double UnitValue { get; init; }

    /// <summary>Index into all bars of the symbol, pre-roll included: the bar at whose open it was entered.</summary>
    public required int EntryBar { get; init; }

    /// <summary>Unix milliseconds UTC.</summary>
    public required long EntryTime { get; init; }

    /// <summary>Slippage and half spread included.</summary>
    public required double EntryPrice { get; init; }

    /// <summary>The bar at, inside or at whose close it was left; may be the entry bar.</summary>
    public required int ExitBar { get; init; }

    /// <summary>Unix milliseconds UTC: the open of the exit bar, or the moment it was complete where the exit is inside it or at its close.</summary>
    public required long ExitTime { get; init; }

    /// <summary>Slippage and half spread included.</summary>
    public required double ExitPrice { get; init; }

    public required FillReason ExitReason { get; init; }

    /// <summary>Account currency.</summary>
    public required double EntryCommission { get; init; }

    /// <summary>Account currency.</summary>
    public required double ExitCommission { get; init; }

    /// <summary>Entry and exit together; already inside the prices.</summary>
    public required double SlippageCost { get; init; }

    /// <summary>Entry and exit together; already inside the prices.</summary>
    public required double SpreadCost { get; init; }

    /// <summary>Paid for the nights it was held.</summary>
    public required double Financing { get; init; }

    /// <summary>From the fill prices, before commission and financing.</summary>
    public double GrossPnl => (int)Side * (ExitPrice - EntryPrice) * Quantity * UnitValue;

    /// <summary>What the trade changed the account by: gross less both commissions and financing.</summary>
    public double NetPnl => GrossPnl - EntryCommission - ExitCommission - Financing;

    /// <summary>Net profit as a fraction of the entry's notional.</summary>
    public double NetReturn => NetPnl / (EntryPrice * Quantity * UnitValue);

    /// <summary>Maximum favourable excursion: the best unrealised profit at any high (short: low) while open, before exit costs; 0 or more.</summary>
    public required double MaximumFavorableExcursion { get; init; }

    /// <summary>Maximum adverse excursion: the worst unrealised loss at any low (short: high) while open, before exit costs; 0 or less.</summary>
    public required double MaximumAdverseExcursion { get; init; }

    /// <summary>Closes passed while the position was open.</summary>
    public required int BarsHeld { get; init; }

    /// <summary>Bar at whose close the entry was decided.</summary>
    public int DecisionBar => EntryBar - 1;

    /// <summary>What the model said at <see cref="DecisionBar"/>. Asked of the decisions anew each time: they are pure.</summary>
    public EntryReason EntryReason => Decisions.Explain(DecisionBar);

    internal IDecisions Decisions { get; init; }
}

/// <summary>A trade as it is stored: what follows from its two fills is left out.</summary>
internal struct TradeRow
{
    public int EntryFill;
    public int ExitFill;
    public int BarsHeld;
    public int Symbol;
    public double Favorable;
    public double Adverse;
    public double Financing;
}
