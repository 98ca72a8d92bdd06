using System.Runtime.CompilerServices;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Cash and the one open position; executes orders by the rules of <c>docs/fill-rules.md</c> and keeps what it did.</summary>
internal sealed class Account
{
    private readonly BarSeries _bars;
    private readonly BacktestOptions _options;
    private readonly IDecisions _decisions;
    private readonly double _commissionRate;
    private readonly double _slippage;
    private readonly double _halfSpread;
    private readonly List<Fill> _fills = [];
    private readonly List<Trade> _trades = [];
    private readonly List<RejectedOrder> _rejected = [];
    private double _cash;
    private Fill _entry;

    public Account(BarSeries bars, BacktestOptions options, IDecisions decisions)
    {
        (_bars, _options, _decisions) = (bars, options, decisions);
        _commissionRate = options.CommissionRate * options.CostMultiplier;
        _slippage = options.Slippage * options.CostMultiplier;
        _halfSpread = options.SpreadFraction * options.CostMultiplier / 2;
        _cash = options.InitialCapital;
        MarkBase = _cash;
    }

    public PositionSide Position { get; private set; }

    /// <summary>Account value at a price = <see cref="MarkBase"/> + <see cref="SignedQuantity"/> · price: cash, and for a short its margin and twice its proceeds' claim.</summary>
    public double MarkBase { get; private set; }

    /// <summary>Units held, negative while short.</summary>
    public double SignedQuantity { get; private set; }

    public int LastFillBar { get; private set; } = -1;

    public long LastFillTime { get; private set; }

    public IReadOnlyList<Fill> Fills => _fills;

    public IReadOnlyList<Trade> Trades => _trades;

    public IReadOnlyList<RejectedOrder> Rejected => _rejected;

    /// <summary>Executes the order decided at the close of the bar before, at this bar's open; the exit before the entry.</summary>
    public void ExecuteAtOpen(Signal order, int bar)
    {
        var wanted = order == Signal.Buy ? PositionSide.Long : PositionSide.Short;
        if (Position == wanted)
        {
            return;
        }

        var mayEnter = Position == PositionSide.Flat || _options.ReverseInOneStep;
        if (Position != PositionSide.Flat)
        {
            Close(bar, _bars.Times[bar], _bars.Open[bar], FillReason.OppositeSignal, closesSeen: bar - _entry.Bar);
        }

        if (mayEnter && (wanted == PositionSide.Long || _options.AllowShort))
        {
            Open(wanted, bar);
        }
    }

    /// <summary>Closes what is open at this bar's close. Rare: kept out of the loop, whose registers it would take.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void CloseAtClose(int bar, FillReason reason) => Close(bar, _bars.AvailableAt(bar), _bars.Close[bar], reason, closesSeen: bar - _entry.Bar + 1);

    private void Open(PositionSide side, int bar)
    {
        var (time, market) = (_bars.Times[bar], _bars.Open[bar]);
        var price = market * (1 + ((int)side * (_slippage + _halfSpread)));
        var quantity = Quantity(market, price);
        var order = side == PositionSide.Long ? FillSide.Buy : FillSide.Sell;
        if (!(quantity > 0))
        {
            _rejected.Add(new RejectedOrder(bar, time, order, _cash, market));
            return;
        }

        var notional = quantity * price;
        var commission = notional * _commissionRate;
        _cash -= notional + commission;
        _entry = Record(bar, time, order, FillReason.Entry, market, price, quantity, commission);
        Position = side;
        SignedQuantity = (int)side * quantity;
        MarkBase = side == PositionSide.Long ? _cash : _cash + (2 * notional);
    }

    /// <summary>fraction · cash / (1 + commission) / open, with the open before slippage; fewer where the cash would not cover the fill.</summary>
    private double Quantity(double market, double price)
    {
        var quantity = _options.PositionFraction * _cash / (1 + _commissionRate) / market;
        var affordable = _cash / (1 + _commissionRate) / price;
        quantity = Math.Min(quantity, affordable);
        return _options.WholeUnits ? Math.Floor(quantity) : quantity;
    }

    private void Close(int bar, long time, double market, FillReason reason, int closesSeen)
    {
        var side = (int)Position;
        var quantity = _entry.Quantity;
        var price = market * (1 - (side * (_slippage + _halfSpread)));
        var commission = quantity * price * _commissionRate;
        var margin = Position == PositionSide.Short ? 2 * quantity * _entry.Price : 0;
        _cash += margin + (side * quantity * price) - commission;
        var exit = Record(bar, time, Position == PositionSide.Long ? FillSide.Sell : FillSide.Buy, reason, market, price, quantity, commission);
        var (highest, lowest) = Extremes.Of(_bars.High.Slice(_entry.Bar, closesSeen), _bars.Low.Slice(_entry.Bar, closesSeen), market);
        var (best, worst) = Position == PositionSide.Long ? (highest, lowest) : (lowest, highest);
        _trades.Add(new Trade
        {
            Side = Position,
            Quantity = quantity,
            EntryBar = _entry.Bar,
            EntryTime = _entry.Time,
            EntryPrice = _entry.Price,
            ExitBar = bar,
            ExitTime = time,
            ExitPrice = price,
            ExitReason = reason,
            EntryCommission = _entry.Commission,
            ExitCommission = commission,
            SlippageCost = _entry.SlippageCost + exit.SlippageCost,
            SpreadCost = _entry.SpreadCost + exit.SpreadCost,
            MaximumFavorableExcursion = Math.Max(0, side * (best - _entry.Price) * quantity),
            MaximumAdverseExcursion = Math.Min(0, side * (worst - _entry.Price) * quantity),
            BarsHeld = closesSeen,
            Decisions = _decisions,
        });
        Position = PositionSide.Flat;
        SignedQuantity = 0;
        MarkBase = _cash;
    }

    private Fill Record(int bar, long time, FillSide side, FillReason reason, double market, double price, double quantity, double commission)
    {
        var fill = new Fill(
            bar, time, side, reason, market, price, quantity, commission, market * _slippage * quantity, market * _halfSpread * quantity, _cash);
        _fills.Add(fill);
        LastFillBar = bar;
        LastFillTime = _bars.Times[bar];
        return fill;
    }
}
