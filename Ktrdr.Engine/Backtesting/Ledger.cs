using System.Collections;

namespace Ktrdr.Engine.Backtesting;

/// <summary>What a run did: fills, trades and refusals as compact rows, turned into records when they are looked at.</summary>
internal sealed class Ledger(SymbolBook[] books)
{
    private readonly SymbolBook[] _books = books;

    public Growable<FillRow> Fills { get; } = new();

    /// <summary>In order of exit.</summary>
    public Growable<TradeRow> Trades { get; } = new();

    public List<RejectedOrder> Rejected { get; } = [];

    /// <summary>Decided at a last close.</summary>
    public List<Order> Dropped { get; } = [];

    public IReadOnlyList<Fill> FillList => new View<Fill>(() => Fills.Count, Fill);

    public IReadOnlyList<Trade> TradeList => new View<Trade>(() => Trades.Count, Trade);

    public double SlippageCost(in FillRow fill)
    {
        var costs = _books[fill.Symbol].Costs;
        return fill.Reason == FillReason.Target ? 0 : fill.Market * costs.Slippage * fill.Quantity * costs.UnitValue;
    }

    public double SpreadCost(in FillRow fill)
    {
        var costs = _books[fill.Symbol].Costs;
        return fill.Market * costs.HalfSpread * fill.Quantity * costs.UnitValue;
    }

    public double Notional(in FillRow fill) => _books[fill.Symbol].Costs.Notional(fill.Quantity, fill.Price);

    public double GrossPnl(in TradeRow trade)
    {
        ref var entry = ref Fills[trade.EntryFill];
        ref var exit = ref Fills[trade.ExitFill];
        var side = entry.Side == FillSide.Buy ? 1 : -1;
        return side * (exit.Price - entry.Price) * entry.Quantity * _books[trade.Symbol].Costs.UnitValue;
    }

    public double NetPnl(in TradeRow trade) => GrossPnl(trade) - Fills[trade.EntryFill].Commission - Fills[trade.ExitFill].Commission - trade.Financing;

    public Fill Fill(int index)
    {
        ref var row = ref Fills[index];
        return new Fill(
            row.Symbol, row.Bar, row.Time, row.Side, row.Reason, row.Market, row.Price, row.Quantity, row.Requested,
            row.Commission, SlippageCost(row), SpreadCost(row), row.CashAfter);
    }

    public Trade Trade(int index)
    {
        ref var row = ref Trades[index];
        ref var entry = ref Fills[row.EntryFill];
        ref var exit = ref Fills[row.ExitFill];
        var book = _books[row.Symbol];
        return new Trade
        {
            Symbol = row.Symbol,
            Side = entry.Side == FillSide.Buy ? PositionSide.Long : PositionSide.Short,
            Quantity = entry.Quantity,
            UnitValue = book.Costs.UnitValue,
            EntryBar = entry.Bar,
            EntryTime = entry.Time,
            EntryPrice = entry.Price,
            ExitBar = exit.Bar,
            ExitTime = exit.Time,
            ExitPrice = exit.Price,
            ExitReason = exit.Reason,
            EntryCommission = entry.Commission,
            ExitCommission = exit.Commission,
            SlippageCost = SlippageCost(entry) + SlippageCost(exit),
            SpreadCost = SpreadCost(entry) + SpreadCost(exit),
            Financing = row.Financing,
            MaximumFavorableExcursion = row.Favorable,
            MaximumAdverseExcursion = row.Adverse,
            BarsHeld = row.BarsHeld,
            Decisions = book.Decisions,
        };
    }

    /// <summary>Executed, refused and dropped orders in the order of their bars' times; at one time symbols in their order, refusals after fills.</summary>
    public IReadOnlyList<Order> Orders()
    {
        var orders = new List<(long Time, int Rank, Order Order)>();
        for (var i = 0; i < Fills.Count; i++)
        {
            ref var fill = ref Fills[i];
            var status = fill.Quantity < fill.Requested ? OrderStatus.Reduced : OrderStatus.Filled;
            orders.Add((_books[fill.Symbol].Bars.Times[fill.Bar], 0, new Order(fill.Symbol, fill.Bar, fill.Side, fill.Reason, status, fill.Requested, fill.Quantity)));
        }

        orders.AddRange(Rejected.Select(r => (r.Time, 1, new Order(r.Symbol, r.Bar, r.Side, FillReason.Entry, OrderStatus.Rejected, r.Requested, 0))));
        orders.AddRange(Dropped.Select(d => (_books[d.Symbol].Bars.Times[d.Bar], 2, d)));
        return [.. orders.OrderBy(o => o.Time).ThenBy(o => o.Rank).Select(o => o.Order)];
    }

    /// <summary>Rows seen as records.</summary>
    private sealed class View<T>(Func<int> count, Func<int, T> item) : IReadOnlyList<T>
    {
        public int Count => count();

        public T this[int index] => index >= 0 && index < Count ? item(index) : throw new ArgumentOutOfRangeException(nameof(index));

        public IEnumerator<T> GetEnumerator()
        {
            for (var i = 0; i < Count; i++)
            {
                yield return item(i);
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
