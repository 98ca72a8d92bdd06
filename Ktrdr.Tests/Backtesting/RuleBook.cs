using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Backtesting;

/// <summary>docs/fill-rules.md written down once more, one bar and one symbol after the other and without regard to speed: the oracle of both loops. Signals are given; bars are hourly.</summary>
internal sealed class RuleBook(IReadOnlyList<RuleBook.Book> books, BacktestOptions options)
{
    private const long Day = 24 * Market.Hour;
    private const double SpentShare = 1e-9;
    private const double LotNoise = 1e-12;

    private readonly double _rate = options.CommissionRate * options.CostMultiplier;
    private readonly double _perUnit = options.CommissionPerUnit * options.CostMultiplier;
    private readonly double _minimum = options.MinimumCommission * options.CostMultiplier;
    private readonly double _slippage = options.Slippage * options.CostMultiplier;
    private readonly double _spread = options.SpreadFraction * options.CostMultiplier;
    private readonly double _unit = options.Instrument.ContractSize * (options.Instrument.ConversionRate ?? 1);
    private double _cash = options.InitialCapital;

    public sealed record Filled(int Symbol, int Bar, long Time, FillSide Side, FillReason Reason, double Market, double Price, double Quantity, double Cash);

    /// <summary>One symbol: what it is given, and its position.</summary>
    public sealed class Book(BarSeries bars, int start, int end, Signal[] signals)
    {
        public BarSeries Bars { get; } = bars;

        public int End { get; } = end;

        public Signal[] Signals { get; } = signals;

        public int Next { get; set; } = start;

        public int Now { get; set; }

        public int Side { get; set; }

        public double Quantity { get; set; }

        public double EntryPrice { get; set; }

        public int EntryBar { get; set; }

        public double EntryCosts { get; set; }

        public double Mark { get; set; }

        public double Best { get; set; }

        public double Range { get; set; }

        public Signal Order { get; set; } = Signal.Hold;

        public bool IsDue { get; set; }
    }

    public List<Filled> Fills { get; } = [];

    public List<double> Equity { get; } = [];

    public List<double> NetPnl { get; } = [];

    public void Run()
    {
        foreach (var now in books.SelectMany(b => b.Bars.Times[b.Next..b.End].ToArray()).Distinct().Order())
        {
            foreach (var book in books)
            {
                book.Now = book.Next < book.End && book.Bars.Times[book.Next] == now ? book.Next++ : -1;
            }

            var here = books.Where(b => b.Now >= 0).ToArray();
            Array.ForEach(here, Finance);
            var entering = here.Where(LeaveAtOpen).ToArray();
            Array.ForEach(entering, Enter);
            Array.ForEach(here, b => (b.Order, b.IsDue) = (Signal.Hold, false));
            Array.ForEach(here, LeaveInside);
            Array.ForEach(here, b => b.Mark = b.Bars.Close[b.Now]);
            if (books.Any(b => b.Side != 0) && Worth() <= 0)
            {
                foreach (var book in books.Where(b => b.Side != 0))
                {
                    Close(book, book.Next - 1, now + Market.Hour, book.Bars.Close[book.Next - 1], FillReason.Ruin);
                }
            }

            Array.ForEach(here, Decide);
            foreach (var book in here.Where(b => b.Now == b.End - 1 && b.Side != 0))
            {
                Close(book, book.Now, now + Market.Hour, book.Bars.Close[book.Now], FillReason.EndOfData);
            }

            Equity.Add(Worth());
        }
    }

    private double Worth() => _cash + books.Sum(b => b.Side > 0 ? b.Quantity * _unit * b.Mark : b.Side < 0 ? b.Quantity * _unit * ((2 * b.EntryPrice) - b.Mark) : 0);

    private double Commission(double quantity, double price) => Math.Max(_minimum, (_rate * price * quantity * _unit) + (_perUnit * quantity));

    /// <summary>Every rollover after the bar before, up to and with this one.</summary>
    private void Finance(Book book)
    {
        if (book.Side == 0)
        {
            return;
        }

        var rollover = (long)(options.RolloverHour * Market.Hour);
        long Days(long time) => (long)Math.Floor((time - rollover) / (double)Day);
        var charge = options.FinancingPerDay * options.CostMultiplier * book.Quantity * book.Bars.Close[book.Now - 1] * _unit * (Days(book.Bars.Times[book.Now]) - Days(book.Bars.Times[book.Now - 1]));
        _cash -= charge;
        book.EntryCosts += charge;
    }

    /// <summary>Whether the order may open a position.</summary>
    private bool LeaveAtOpen(Book book)
    {
        var isOpposite = book.Side > 0 ? book.Order == Signal.Sell : book.Order == Signal.Buy;
        if (book.Side == 0)
        {
            return book.Order is Signal.Buy or Signal.Sell;
        }

        if (!book.IsDue && !isOpposite && book.Order != Signal.Close)
        {
            return false;
        }

        var reason = book.IsDue ? FillReason.TimeExit : isOpposite ? FillReason.OppositeSignal : FillReason.CloseSignal;
        Close(book, book.Now, book.Bars.Times[book.Now], book.Bars.Open[book.Now], reason);
        return isOpposite && !book.IsDue && options.ReverseInOneStep;
    }

    private void Enter(Book book)
    {
        var side = book.Order == Signal.Buy ? 1 : -1;
        if (side < 0 && !options.AllowShort)
        {
            return;
        }

        var market = book.Bars.Open[book.Now];
        var price = market * (1 + (side * (_slippage + (_spread / 2))));
        book.Range = AverageRange(book.Bars, book.Now - 1, options.Exits?.AtrPeriod ?? 1);
        if (NeedsRange() && !(book.Range > 0))
        {
            return;
        }

        var equity = Worth();
        var wanted = options.Sizing.Kind switch
        {
            SizingKind.Fraction => options.Sizing.Amount * _cash / (((1 + _rate) * market * _unit) + _perUnit),
            SizingKind.Units => options.Sizing.Amount,
            SizingKind.VolatilityTarget => equity * options.Sizing.Amount / Volatility(book.Bars, book.Now - 1) / (market * _unit),
            _ => equity * options.Sizing.Amount / (Distance(options.Exits!.Stop!, price, book.Range) * _unit),
        };
        var affordable = Math.Min(_cash / (((1 + _rate) * price * _unit) + _perUnit), (_cash - _minimum) / (price * _unit));
        var quantity = Math.Min(Lots(wanted, LotNoise), Lots(_minimum > 0 ? affordable : _cash / (((1 + _rate) * price * _unit) + _perUnit), 0));
        if (!(quantity > 0) || _cash <= SpentShare * equity || !double.IsFinite(wanted))
        {
            return;
        }

        var commission = Commission(quantity, price);
        _cash -= (price * quantity * _unit) + commission;
        (book.Side, book.Quantity, book.EntryPrice, book.EntryBar, book.EntryCosts, book.Mark, book.Best) = (side, quantity, price, book.Now, commission, market, price);
        Fills.Add(new Filled(IndexOf(book), book.Now, book.Bars.Times[book.Now], side > 0 ? FillSide.Buy : FillSide.Sell, FillReason.Entry, market, price, quantity, _cash));
    }

    private void LeaveInside(Book book)
    {
        if (book.Side == 0 || options.Exits is not { } exits)
        {
            return;
        }

        var (open, high, low) = (book.Bars.Open[book.Now], book.Bars.High[book.Now], book.Bars.Low[book.Now]);
        var (stop, reason) = (exits.Stop is { } fixedStop ? book.EntryPrice - (book.Side * Distance(fixedStop, book.EntryPrice, book.Range)) : -book.Side * double.PositiveInfinity, FillReason.Stop);
        if (exits.Trailing is { } trailing)
        {
            var trail = trailing.Unit == ExitUnit.Percent ? book.Best * (1 - (book.Side * trailing.Amount)) : book.Best - (book.Side * Distance(trailing, book.EntryPrice, book.Range));
            (stop, reason) = book.Side * trail > book.Side * stop ? (trail, FillReason.TrailingStop) : (stop, reason);
        }

        var target = exits.Target is { } gain ? book.EntryPrice + (book.Side * Distance(gain, book.EntryPrice, book.Range)) : book.Side * double.PositiveInfinity;
        double market;
        if (book.Side > 0 ? low <= stop : high >= stop)
        {
            market = book.Side > 0 ? Math.Min(stop, open) : Math.Max(stop, open);
        }
        else if (book.Side > 0 ? high >= target : low <= target)
        {
            (market, reason) = (book.Side > 0 ? Math.Max(target, open) : Math.Min(target, open), FillReason.Target);
        }
        else
        {
            return;
        }

        Close(book, book.Now, book.Bars.Times[book.Now] + (market == open ? 0 : Market.Hour), market, reason);
    }

    private void Decide(Book book)
    {
        book.Order = book.Signals[book.Now];
        if (book.Side == 0)
        {
            return;
        }

        book.Best = book.Side > 0 ? Math.Max(book.Best, book.Bars.High[book.Now]) : Math.Min(book.Best, book.Bars.Low[book.Now]);
        var isOpposite = book.Side > 0 ? book.Order == Signal.Sell : book.Order == Signal.Buy;
        if (options.Exits?.TimeBars == book.Now - book.EntryBar + 1 && !isOpposite)
        {
            (book.Order, book.IsDue) = (Signal.Hold, true);
        }
    }

    private void Close(Book book, int bar, long time, double market, FillReason reason)
    {
        var price = market * (1 - (book.Side * ((reason == FillReason.Target ? 0 : _slippage) + (_spread / 2))));
        var commission = Commission(book.Quantity, price);
        var gross = book.Side * (price - book.EntryPrice) * book.Quantity * _unit;
        _cash += (book.EntryPrice * book.Quantity * _unit) + gross - commission;
        Fills.Add(new Filled(IndexOf(book), bar, time, book.Side > 0 ? FillSide.Sell : FillSide.Buy, reason, market, price, book.Quantity, _cash));
        NetPnl.Add(gross - commission - book.EntryCosts);
        (book.Side, book.Quantity) = (0, 0);
    }

    private int IndexOf(Book book) => books.Index().First(b => b.Item == book).Index;

    private bool NeedsRange() => new[] { options.Exits?.Stop, options.Exits?.Target, options.Exits?.Trailing }.Any(l => l?.Unit == ExitUnit.Atr);

    private static double Distance(ExitLevel level, double price, double range) => level.Amount * (level.Unit switch { ExitUnit.Percent => price, ExitUnit.Atr => range, _ => 1 });

    private double Lots(double units, double noise) => options.Sizing.LotSize is { } lot ? Math.Floor(units / lot * (1 + noise)) * lot : options.Sizing.WholeUnits ? Math.Floor(units) : units;

    /// <summary>Wilder's, from the first bar on; NaN before it has its bars.</summary>
    private static double AverageRange(BarSeries bars, int at, int period)
    {
        var average = 0.0;
        for (var i = 1; i <= at; i++)
        {
            var range = Math.Max(bars.High[i], bars.Close[i - 1]) - Math.Min(bars.Low[i], bars.Close[i - 1]);
            average = i <= period ? average + (range / period) : average + ((range - average) / period);
        }

        return at < period ? double.NaN : average;
    }

    private double Volatility(BarSeries bars, int at)
    {
        var count = options.Sizing.VolatilityLookback;
        if (at < count)
        {
            return double.NaN;
        }

        double[] returns = [.. Enumerable.Range(at - count + 1, count).Select(i => (bars.Close[i] / bars.Close[i - 1]) - 1)];
        var variance = returns.Sum(r => (r - returns.Average()) * (r - returns.Average())) / (count - 1);
        return Math.Sqrt(variance * at * 365.25 * Day / (bars.Times[at] - bars.Times[0]));
    }
}
