using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// One symbol's run from event to event (an order, a level reached, a time exit, a rollover, ruin): the stretches of bars between two of them, on which nothing changes the position,
/// are decided, valued and searched in vectors. Holds the state between two stretches.
/// </summary>
/// <param name="book">The symbol.</param>
/// <param name="account">Its only symbol is <paramref name="book"/>.</param>
/// <param name="cursor">Decides; a value type so that it is inlined.</param>
/// <param name="equity">Receives the account's value at each close, the first element being that of the window's first bar.</param>
internal struct SymbolStretches<TCursor>(SymbolBook book, Account account, TCursor cursor, double[] equity)
    where TCursor : struct, IDecisionCursor
{
    /// <summary>How far ahead an open position is looked after before the decisions of that stretch are known.</summary>
    private const int HeldStretch = 64;

    /// <summary>The same where a trailing stop is followed bar by bar.</summary>
    private const int TrailedStretch = 32;

    private readonly SymbolBook _book = book;
    private readonly BarSeries _bars = book.Bars;
    private readonly Account _account = account;
    private readonly TCursor _cursor = cursor;
    private readonly double[] _equity = equity;
    private readonly DecisionTally _tally = new();
    private readonly bool _isFinanced = book.Costs.FinancingPerDay > 0;
    private readonly int _start = book.Start;
    private readonly int _end = book.End;
    private int _bar = book.Start;
    private PendingOrder _order = PendingOrder.None;

    /// <summary>Closes with an open position.</summary>
    public int ClosesHeld { get; private set; }

    public readonly DecisionCounts Counts => _tally.Counts();

    /// <summary>Runs on to a bar, which is the first that is not run.</summary>
    public void Until(int tileEnd)
    {
        while (_bar < tileEnd)
        {
            if (_isFinanced && _book.Side != PositionSide.Flat)
            {
                _account.ChargeFinancing(_book, _bar);
            }

            if (_order.IsAny)
            {
                if (_account.ExitAtOpen(_book, _bar, _order))
                {
                    _account.EnterAtOpen(_book, _bar, _order.Signal);
                }

                _order = PendingOrder.None;
            }

            if (_book.Side == PositionSide.Flat)
            {
                Flat(tileEnd);
            }
            else
            {
                Held(tileEnd);
            }
        }
    }

    /// <summary>What is open at the last close is closed there.</summary>
    public void Finish()
    {
        var last = _book.End - 1;
        _account.Drop(_book, _order);
        if (_book.Side != PositionSide.Flat)
        {
            _account.CloseAtClose(_book, last, FillReason.EndOfData);
            _equity[last - _start] = _account.Cash;
            ClosesHeld--;
        }
    }

    /// <summary>A stretch without a position: up to the next order.</summary>
    private void Flat(int reach)
    {
        var at = _cursor.NextOrder(_bar, reach, _bars.Times, _book.State, _tally, out var signal);
        var until = signal == Signal.Hold ? reach : at + 1;
        _equity.AsSpan(_bar - _start, until - _bar).Fill(_account.Cash);
        _order = new PendingOrder(signal, false);
        _bar = until;
    }

    /// <summary>A stretch with a position: up to the next order, or to the bar that ends the position.</summary>
    private void Held(int tileEnd)
    {
        var reach = Math.Min(Math.Min(tileEnd, _bar + (_book.Levels.IsTrailing ? TrailedStretch : HeldStretch)), BeforeTimeExit());
        if (_isFinanced)
        {
            reach = BeforeRollover(reach);
        }

        // Nothing changes the position before the first bar that reaches a level, and nothing before ruin.
        var length = reach - _bar;
        var highs = _bars.High.Slice(_bar, length);
        var lows = _bars.Low.Slice(_bar, length);
        var touched = _book.Levels.IsSet ? _book.Levels.FirstReached(highs, lows) : length;
        var ruined = Marking.Mark(_bars.Close.Slice(_bar, touched), _equity.AsSpan(_bar - _start, touched), _account.Cash + _book.Margin, _book.SignedValue);
        var quiet = _bar + ruined;

        var at = _cursor.NextOrder(_bar, quiet, _bars.Times, _book.State, _tally, out var signal);
        var until = signal == Signal.Hold ? quiet : at + 1;
        ClosesHeld += until - _bar;
        _book.Levels.Complete(highs[..(until - _bar)], lows[..(until - _bar)]);
        if (signal == Signal.Hold && quiet < reach)
        {
            Leave(quiet, isRuined: ruined < touched);
            return;
        }

        _order = until > _bar ? _book.OrderAfter(until - 1, signal) : PendingOrder.None;
        _bar = until;
    }

    /// <summary>The position ends inside or at the close of <paramref name="bar"/>, which is then decided without it.</summary>
    private void Leave(int bar, bool isRuined)
    {
        if (isRuined)
        {
            _account.CloseAtClose(_book, bar, FillReason.Ruin);
        }
        else
        {
            _account.ExitInside(_book, bar);
        }

        _equity[bar - _start] = _account.Cash;
        _cursor.NextOrder(bar, bar + 1, _bars.Times, _book.State, _tally, out var signal);
        _order = new PendingOrder(signal, false);
        _bar = bar + 1;
    }

    /// <summary>A stretch ends with the bar at whose close a time exit falls due.</summary>
    private readonly int BeforeTimeExit() => _book.TimeExitBar is var due && due < int.MaxValue ? due + 1 : int.MaxValue;

    /// <summary>A stretch begins with the bar that is charged: the first at or after a rollover.</summary>
    private readonly int BeforeRollover(int reach)
    {
        var next = _account.NextRollover(_bars.Times[_bar]);
        var times = _bars.Times[.._end];
        while (reach - 1 > _bar && times[reach - 1] >= next)
        {
            reach--;
        }

        return reach;
    }
}
