using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// A run's trades taken out of their place: the same sides, sizes and holding times, entered at random. Each arrangement shuffles the trades and
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

    private RandomEntries(BarSeries bars, int first, int end, int free, Placed[] trades)
    {
        (_bars, _first, _end, _free) = (bars, first, end, free);
        _held = Array.ConvertAll(trades, t => t.Bars);
        _exitsAtOpen = Array.ConvertAll(trades, t => t.ExitsAtOpen);
        _signedWeights = Array.ConvertAll(trades, t => t.SignedWeight);
        Observed = trades.Sum(t => t.Observed);
        Rounding = 1e-12 * trades.Sum(t => Math.Abs(t.SignedWeight));
    }

    /// <summary>Profit of the run's own trades before costs, as a fraction of the initial capital.</summary>
    public double Observed { get; }

    /// <summary>Profits closer than this are equal: they are added in another order.</summary>
    public double Rounding { get; }

    public int Trades => _held.Length;

    /// <summary>The trades of a run on one symbol; null without trades or where they overlap, so that nothing can be rearranged.</summary>
    /// <param name="trades">All of the same symbol.</param>
    /// <param name="bars">The bars that the run was given.</param>
    /// <param name="start">First bar of its window.</param>
    /// <param name="endExclusive">End of its window.</param>
    /// <param name="capital">Initial capital.</param>
    public static RandomEntries? Of(IReadOnlyList<Trade> trades, BarSeries bars, int start, int endExclusive, double capital)
    {
        var placed = new Placed[trades.Count];
        long occupied = 0;
        for (var i = 0; i < placed.Length; i++)
        {
            var trade = trades[i];
            var notional = trade.EntryPrice * trade.Quantity;
            placed[i] = new Placed(
                trade.ExitBar - trade.EntryBar, trade.ExitTime == bars.Times[trade.ExitBar], (int)trade.Side * notional / capital,
                (trade.GrossPnl + trade.SlippageCost + trade.SpreadCost) / capital);
            occupied += placed[i].Slots;
        }

        var free = endExclusive - start - 1 - occupied;
        return placed.Length > 0 && free >= 0 ? new RandomEntries(bars, start + 1, endExclusive, (int)free, placed) : null;
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

    /// <summary>
    /// The arrangement as decisions for a backtester that does not reverse in one step: each entry decided at the close before, each exit by the
    /// opposite signal. A trade that would have to reverse the one before it at the same open is left out; exits inside a bar become one at the next open.
    /// </summary>
    public Signal[] Signals(ReadOnlySpan<int> order, ReadOnlySpan<int> entries)
    {
        var signals = new Signal[_end];
        Array.Fill(signals, Signal.Hold);
        var (leftAt, side) = (-1, Signal.Hold);
        for (var i = 0; i < order.Length; i++)
        {
            var (enter, leave) = _signedWeights[order[i]] > 0 ? (Signal.Buy, Signal.Sell) : (Signal.Sell, Signal.Buy);
            var decided = entries[i] - 1;
            if (decided <= leftAt && enter != side)
            {
                continue;
            }

            signals[decided] = enter;
            (leftAt, side) = (Math.Max(decided + 1, decided + Slots(order[i])), enter);
            if (leftAt < _end)
            {
                signals[leftAt] = leave;
            }
        }

        return signals;
    }

    /// <summary>Bars that a trade keeps from others: one that leaves at an open leaves that bar free.</summary>
    private int Slots(int trade) => _held[trade] + (_exitsAtOpen[trade] ? 0 : 1);

    private readonly record struct Placed(int Bars, bool ExitsAtOpen, double SignedWeight, double Observed)
    {
        public int Slots => Bars + (ExitsAtOpen ? 0 : 1);
    }
}
