using System.Runtime.CompilerServices;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Backtesting;

/// <summary>The cash that all symbols of a run share; executes orders by the rules of <c>docs/fill-rules.md</c> and keeps what it did.</summary>
internal sealed class Account
{
    private readonly BacktestOptions _options;
    private readonly SymbolBook[] _books;
    private readonly long _rollover;

    public Account(SymbolBook[] books, BacktestOptions options)
    {
        (_books, _options) = (books, options);
        _rollover = (long)(options.RolloverHour * Durations.Hour);
        Cash = options.InitialCapital;
        Ledger = new Ledger(books);
    }

    /// <summary>What is not bound in positions.</summary>
    public double Cash { get; set; }

    public Ledger Ledger { get; }

    /// <summary>The account's value with every position at its last mark.</summary>
    public (double Value, double Held) Marked()
    {
        var (value, held) = (Cash, 0.0);
        for (var i = 0; i < _books.Length; i++)
        {
            value += _books[i].Margin;
            held += _books[i].SignedValue * _books[i].LastMark;
        }

        return (value + held, held);
    }

    /// <summary>Days of financing that begin between two moments: rollovers after the first, at or before the second.</summary>
    public long Rollovers(long after, long until) => FinancingDay(until) - FinancingDay(after);

    /// <summary>The first rollover after a moment.</summary>
    public long NextRollover(long after) => ((FinancingDay(after) + 1) * Durations.Day) + _rollover;

    /// <summary>Charges a position held at the close before <paramref name="bar"/> for the rollovers since that bar's stamp.</summary>
    public void ChargeFinancing(SymbolBook book, int bar)
    {
        var days = Rollovers(book.Bars.Times[bar - 1], book.Bars.Times[bar]);
        if (days > 0)
        {
            var charge = book.Costs.Notional(book.Quantity, book.Bars.Close[bar - 1]) * book.Costs.FinancingPerDay * days;
            Cash -= charge;
            book.Financing += charge;
        }
    }

    /// <summary>The first half of an order at an open: what it closes. True: it may also open.</summary>
    public bool ExitAtOpen(SymbolBook book, int bar, PendingOrder order)
    {
        if (book.Side == PositionSide.Flat)
        {
            return order.Signal is Signal.Buy or Signal.Sell;
        }

        if (!order.Closes(book.Side))
        {
            return false;
        }

        var reverses = _options.ReverseInOneStep && order.Opposes(book.Side);
        Close(book, bar, book.Bars.Times[bar], book.Bars.Open[bar], order.ExitReason, bar - book.EntryBar, book.EntryPrice);
        return reverses;
    }

    /// <summary>The second half: opens a position at the open, or refuses with a reason.</summary>
    public void EnterAtOpen(SymbolBook book, int bar, Signal signal)
    {
        var side = signal == Signal.Buy ? PositionSide.Long : PositionSide.Short;
        if (side == PositionSide.Short && !_options.AllowShort)
        {
            return;
        }

        var (time, market) = (book.Bars.Times[bar], book.Bars.Open[bar]);
        var price = book.Costs.MarketFill(market, (int)side);
        var order = side == PositionSide.Long ? FillSide.Buy : FillSide.Sell;
        var sized = book.LacksRange(bar - 1)
            ? new SizedEntry(0, 0, RejectionCause.UnknownRange)
            : PositionSizer.Size(book, _options.Sizing, bar - 1, market, price, Cash, _books.Length == 1 ? Cash : Marked().Value);
        if (sized.Refused is { } cause)
        {
            Ledger.Rejected.Add(new RejectedOrder(book.Index, bar, time, order, Cash, market, cause, sized.Requested));
            return;
        }

        var notional = book.Costs.Notional(sized.Quantity, price);
        var commission = book.Costs.Commission(sized.Quantity, notional);
        Cash -= notional + commission;
        book.EntryFill = Ledger.Fills.Count;
        Record(book, new FillRow
        {
            Bar = bar,
            Time = time,
            Side = order,
            Reason = FillReason.Entry,
            Market = market,
            Price = price,
            Quantity = sized.Quantity,
            Requested = sized.Requested,
            Commission = commission,
        });
        book.Side = side;
        book.Quantity = sized.Quantity;
        book.SignedValue = (int)side * sized.Quantity * book.Costs.UnitValue;
        book.Margin = side == PositionSide.Long ? 0 : 2 * notional;
        (book.EntryBar, book.EntryPrice, book.Financing, book.LastMark) = (bar, price, 0, market);
        if (book.Exits is not null)
        {
            book.Levels = ExitLevels.Of(book.Exits, (int)side, price, book.AverageRangeAt(bar - 1));
        }
    }

    /// <summary>Leaves the position at its stop or target if the bar's range reaches one: the stop first where both do, at the open where that lies beyond.</summary>
    public void ExitInside(SymbolBook book, int bar)
    {
        var (open, isLong) = (book.Bars.Open[bar], book.Side == PositionSide.Long);
        var (stop, reason) = book.Levels.StopNow();
        var target = book.Levels.Target;
        double market;
        if (isLong ? book.Bars.Low[bar] <= stop : book.Bars.High[bar] >= stop)
        {
            market = isLong ? Math.Min(stop, open) : Math.Max(stop, open);
        }
        else if (isLong ? book.Bars.High[bar] >= target : book.Bars.Low[bar] <= target)
        {
            (market, reason) = (isLong ? Math.Max(target, open) : Math.Min(target, open), FillReason.Target);
        }
        else
        {
            return;
        }

        var time = market == open ? book.Bars.Times[bar] : book.Bars.AvailableAt(bar);
        Close(book, bar, time, market, reason, bar - book.EntryBar, open);
    }

    /// <summary>Closes what is open at this bar's close. Rare: kept out of the loop, whose registers it would take.</summary>
    /// <param name="book">The symbol.</param>
    /// <param name="bar">Its last bar.</param>
    /// <param name="reason">Why.</param>
    /// <param name="time">When, where that is later than the bar's completion.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void CloseAtClose(SymbolBook book, int bar, FillReason reason, long? time = null) =>
        Close(book, bar, time ?? book.Bars.AvailableAt(bar), book.Bars.Close[bar], reason, bar - book.EntryBar + 1, book.EntryPrice);

    /// <summary>A decision at the last close has no open to be filled at.</summary>
    public void Drop(SymbolBook book, PendingOrder order)
    {
        var closes = book.Side != PositionSide.Flat && order.Closes(book.Side);
        var opens = book.Side == PositionSide.Flat && (order.Signal == Signal.Buy || (order.Signal == Signal.Sell && _options.AllowShort));
        if (closes || opens)
        {
            var buys = opens ? order.Signal == Signal.Buy : book.Side == PositionSide.Short;
            Ledger.Dropped.Add(new Order(
                book.Index, book.End - 1, buys ? FillSide.Buy : FillSide.Sell, opens ? FillReason.Entry : order.ExitReason, OrderStatus.Dropped, closes ? book.Quantity : 0, 0));
        }
    }

    /// <param name="closesSeen">Bars whose whole range the position saw.</param>
    /// <param name="alsoSeen">One more price that it saw besides the exit's own: the open of a bar inside which it is left.</param>
    private void Close(SymbolBook book, int bar, long time, double market, FillReason reason, int closesSeen, double alsoSeen)
    {
        var side = (int)book.Side;
        var (quantity, costs) = (book.Quantity, book.Costs);
        var price = reason == FillReason.Target ? costs.LimitFill(market, -side) : costs.MarketFill(market, -side);
        var notional = costs.Notional(quantity, price);
        var commission = costs.Commission(quantity, notional);
        Cash += book.Margin + (side * notional) - commission;
        var exitFill = Ledger.Fills.Count;
        Record(book, new FillRow
        {
            Bar = bar,
            Time = time,
            Side = side > 0 ? FillSide.Sell : FillSide.Buy,
            Reason = reason,
            Market = market,
            Price = price,
            Quantity = quantity,
            Requested = quantity,
            Commission = commission,
        });
        var (highest, lowest) = Extremes.Of(book.Bars.High.Slice(book.EntryBar, closesSeen), book.Bars.Low.Slice(book.EntryBar, closesSeen), market);
        var (best, worst) = side > 0 ? (Math.Max(highest, alsoSeen), Math.Min(lowest, alsoSeen)) : (Math.Min(lowest, alsoSeen), Math.Max(highest, alsoSeen));
        ref var trade = ref Ledger.Trades.Add();
        trade = new TradeRow
        {
            EntryFill = book.EntryFill,
            ExitFill = exitFill,
            BarsHeld = closesSeen,
            Symbol = book.Index,
            Favorable = Math.Max(0, side * (best - book.EntryPrice) * quantity * costs.UnitValue),
            Adverse = Math.Min(0, side * (worst - book.EntryPrice) * quantity * costs.UnitValue),
            Financing = book.Financing,
        };
        book.Side = PositionSide.Flat;
        (book.SignedValue, book.Margin, book.Quantity) = (0, 0, 0);
    }

    private void Record(SymbolBook book, in FillRow executed)
    {
        ref var fill = ref Ledger.Fills.Add();
        fill = executed;
        fill.CashAfter = Cash;
        fill.Symbol = (short)book.Index;
        book.LastFillBar = fill.Bar;
        book.LastFillTime = book.Bars.Times[fill.Bar];
    }

    private long FinancingDay(long time)
    {
        var (day, rest) = Math.DivRem(time - _rollover, Durations.Day);
        return rest < 0 ? day - 1 : day;
    }
}
