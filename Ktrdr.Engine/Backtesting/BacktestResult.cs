using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Everything a run did, not only its summary.</summary>
public sealed record BacktestResult
{
    private readonly Lazy<ExposureCurve> _exposure;
    private readonly Lazy<IReadOnlyList<Order>> _orders;
    private readonly Lazy<long[]> _times;
    private string? _tradeListHash;

    internal BacktestResult(IReadOnlyList<SymbolBook> books, Ledger ledger, LoopOutcome outcome)
    {
        Symbols = [.. books.Select(b => b.Bars.Symbol)];
        Trades = ledger.TradeList;
        Fills = ledger.FillList;
        Rejected = ledger.Rejected;
        Equity = outcome.Equity;
        Decisions = outcome.Counts;
        BarsPerYear = outcome.Timeline.BarsPerYear;
        _exposure = new Lazy<ExposureCurve>(() => ExposureCurve.Of(books, ledger, outcome.Timeline, outcome.Equity));
        _orders = new Lazy<IReadOnlyList<Order>>(ledger.Orders);
        _times = new Lazy<long[]>(() => outcome.Timeline.Times.ToArray());
    }

    /// <summary>In the order of the run; fills, trades and orders name them by index.</summary>
    public IReadOnlyList<string> Symbols { get; }

    /// <summary>The run's symbol, or all of them with commas between.</summary>
    public string Symbol => string.Join(',', Symbols);

    /// <summary>In order of exit.</summary>
    public IReadOnlyList<Trade> Trades { get; init; }

    /// <summary>Every executed order, in order of execution.</summary>
    public IReadOnlyList<Fill> Fills { get; }

    /// <summary>Orders that could not be filled, with the reason.</summary>
    public IReadOnlyList<RejectedOrder> Rejected { get; }

    /// <summary>Executed, reduced, rejected and dropped orders, in order of time.</summary>
    public IReadOnlyList<Order> Orders => _orders.Value;

    /// <summary>Open times of the bars that <see cref="Equity"/> belongs to, Unix milliseconds UTC: with several symbols the union of theirs.</summary>
    public long[] Times => _times.Value;

    /// <summary>Account value at each close of the window; the last after everything is closed.</summary>
    public double[] Equity { get; init; }

    /// <summary>Value held at each close as a fraction of equity, negative while short; with several symbols longs less shorts.</summary>
    public double[] Exposure => _exposure.Value.Net;

    /// <summary>The same with longs and shorts added up.</summary>
    public double[] GrossExposure => _exposure.Value.Gross;

    /// <summary>
    /// What the metrics are annualised with: the calendar's where it is known, else observed; null for one bar, and for a window shorter than a week of a market without a known calendar:
    /// nobody can tell how many such bars a year has.
    /// </summary>
    public double? BarsPerYear { get; }

    /// <summary>How the decisions ended, HOLD by reason; several symbols together.</summary>
    public DecisionCounts Decisions { get; }

    /// <summary>Net returns per UTC day.</summary>
    public required DailyReturns Daily { get; init; }

    public required BacktestMetrics Metrics { get; init; }

    /// <summary>SHA-256 over the trades' canonical form: equal hashes mean the same trades to the last bit.</summary>
    public string TradeListHash => _tradeListHash ??= Backtesting.TradeListHash.Of(Symbols, Trades);
}
