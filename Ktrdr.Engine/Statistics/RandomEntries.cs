using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// A run's trades in one symbol, taken out of their place: the same sides, sizes and holding times, entered at random. Each arrangement shuffles the trades and
/// spreads the bars without a position uniformly before, between and after them, so that trades never overlap. All arrangements start at the second
/// bar of the window, as every run does.
/// </summary>
internal sealed class RandomEntries
{
    private readonly BarSeries _bars;
    private readonly int _first;
    private readonly int _end;
    private readonly int _free;
    private readonly int[] _held;
    private readonly bool[] _exitsAtOpen;
    private readonly double[] _signedWeights;

    private RandomEntries(int symbol, SymbolRun run, int free, Placed[] trades)
    {
        (Symbol, _bars, _first, _end, _free) = (symbol, run.Bars, run.Start + 1, run.EndExclusive, free);
        _held = Array.ConvertAll(trades, t => t.Bars);
        _exitsAtOpen = Array.ConvertAll(trades, t => t.ExitsAtOpen);
        _signedWeights = Array.ConvertAll(trades, t => t.SignedWeight);
        Observed = trades.Sum(t => t.Observed);
        Rounding = 1e-12 * trades.Sum(t => Math.Abs(t.SignedWeight));
    }

    /// <summary>Index of the symbol in the run.</summary>
    public int Symbol { get; }

    /// <summary>Profit of the run's own trades before costs, as a fraction of the initial capital.</summary>
    public double Observed { get; }

    /// <summary>Profits closer than this are equal: they are added in another order.</summary>
    public double Rounding { get; }

    public int Trades => _held.Length;

    /// <summary>
    /// The trades of a run, one per symbol of it, symbols without trades left out; null without any trade, or where a symbol's trades overlap so that
    /// they cannot be rearranged.
    /// </summary>
    public static RandomEntries[]? Of(BacktestResult result, IReadOnlyList<SymbolRun> symbols, double capital)
    {
        var all = new List<RandomEntries>();
        for (var symbol = 0; symbol < symbols.Count; symbol++)
        {
            var trades = symbols.Count == 1 ? result.Trades : [.. result.Trades.Where(t => t.Symbol == symbol)];
            if (trades.Count > 0)
            {
                if (Of(trades, symbol, symbols[symbol], capital) is not { } entries)
                {
                    return null;
                }

                all.Add(entries);
            }
        }

        return all.Count > 0 ? [.. all] : null;
    }

    private static RandomEntries? Of(IReadOnlyList<Trade> trades, int symbol, SymbolRun run, double capital)
    {
        var placed = new Placed[trades.Count];
        long occupied = 0;
        for (var i = 0; i < placed.Length; i++)
        {
            // Before costs, as the profits are: the run's own arrangement must earn what the run earned.
            var trade = trades[i];
            var notional = run.Bars.Open[trade.EntryBar] * trade.Quantity * trade.UnitValue;
            placed[i] = new Placed(
                trade.ExitBar - trade.EntryBar, trade.ExitTime == run.Bars.Times[trade.ExitBar], (int)trade.Side * notional / capital,
                (trade.GrossPnl + trade.SlippageCost + trade.SpreadCost) / capital);
            occupied += placed[i].Slots;
        }

        var free = run.EndExclusive - run.Start - 1 - occupied;
        return free >= 0 ? new RandomEntries(symbol, run, (int)free, placed) : null;
    }

    /// <summary>One arrangement: the order of the trades and the bar of each entry, in that order.</summary>
    /// <param name="generator">Of this arrangement alone.</param>
    /// <param name="order">Receives the trades' numbers.</param>
    /// <param name="entries">Receives indices into the bars.</param>
    public void Arrange(Generator generator, Span<int> order, Span<int> entries)
    {
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        generator.Shuffle(order);

        // Sums of n + 1 exponential gaps over their total are n sorted uniform numbers.
        Span<double> sums = order.Length <= 256 ? stackalloc double[order.Length] : new double[order.Length];
        var total = 0.0;
        for (var i = 0; i < sums.Length; i++)
        {
            total -= Elementary.Log(1 - generator.NextDouble());
            sums[i] = total;
        }

        total -= Elementary.Log(1 - generator.NextDouble());
        var scale = total > 0 ? (_free + 1) / total : 0;
        var at = _first;
        for (var i = 0; i < order.Length; i++)
        {
            entries[i] = at + Math.Min(_free, (int)(sums[i] * scale));
            at += Slots(order[i]);
        }
    }

    /// <summary>Profit before costs of an arrangement as a fraction of the initial capital: every trade bought at the open of its first bar.</summary>
    public double Profit(ReadOnlySpan<int> order, ReadOnlySpan<int> entries)
    {
        var open = _bars.Open;
        var close = _bars.Close;
        var profit = 0.0;
        for (var i = 0; i < order.Length; i++)
        {
            var trade = order[i];
            var exit = entries[i] + _held[trade];
            var price = exit == _end ? close[exit - 1] : _exitsAtOpen[trade] ? open[exit] : close[exit];
            profit += _signedWeights[trade] * ((price / open[entries[i]]) - 1);
        }

        return profit;
    }

    /// <summary>The arrangement as positions of a backtest: as many as the run's trades, each held as long.</summary>
    public PlannedPosition[] Plan(ReadOnlySpan<int> order, ReadOnlySpan<int> entries)
    {
        var plan = new PlannedPosition[order.Length];
        for (var i = 0; i < plan.Length; i++)
        {
            var trade = order[i];
            var (entry, exit) = (entries[i], entries[i] + _held[trade]);
            var side = _signedWeights[trade] > 0 ? PositionSide.Long : PositionSide.Short;

            // What would leave at the open after the last bar leaves at its close: no bar is held more or less.
            plan[i] = exit == _end ? new PlannedPosition(side, entry, exit - 1, AtOpen: false) : new PlannedPosition(side, entry, exit, _exitsAtOpen[trade]);
        }

        return plan;
    }

    private int Slots(int trade) => Placed.SlotsOf(_held[trade], _exitsAtOpen[trade]);

    private readonly record struct Placed(int Bars, bool ExitsAtOpen, double SignedWeight, double Observed)
    {
        public int Slots => SlotsOf(Bars, ExitsAtOpen);

        /// <summary>Bars that a trade keeps from others: one that leaves at an open leaves that bar free, unless it entered at that very open, beyond its stop already.</summary>
        public static int SlotsOf(int held, bool exitsAtOpen) => exitsAtOpen ? Math.Max(held, 1) : held + 1;
    }
}
