using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>A position whose moments are given.</summary>
/// <param name="Entry">Bar at whose open it begins.</param>
/// <param name="Exit">Bar at whose open or close it ends.</param>
/// <param name="AtOpen">Whether it ends at the open.</param>
internal readonly record struct PlannedPosition(PositionSide Side, int Entry, int Exit, bool AtOpen);

/// <summary>
/// The account, costs and order of fills of every backtest (<c>docs/fill-rules.md</c>) for positions whose moments are given. Decisions could not ask for them: a position that ends at an open
/// where another one on the same side begins, or one that ends at a close. An entry that the account refuses is left out.
/// </summary>
internal sealed class PlannedRun
{
    private const int ReportInterval = 1 << 12;

    private readonly SymbolBook[] _books;
    private readonly Account _account;
    private readonly IReadOnlyList<PlannedPosition[]> _plans;
    private readonly Timeline _timeline;
    private readonly double[] _equity;

    /// <summary>Per symbol the position that is open or comes next, the bar of the current step (-1 where it has none) and the next bar.</summary>
    private readonly int[] _planned;
    private readonly int[] _now;
    private readonly int[] _next;
    private int _closesHeld;

    private PlannedRun(IReadOnlyList<SymbolRun> symbols, IReadOnlyList<PlannedPosition[]> plans, BacktestOptions options)
    {
        _books = [.. symbols.Select((s, i) => new SymbolBook(i, s, options))];
        (_account, _plans, _timeline) = (new Account(_books, options), plans, new Timeline(_books));
        _equity = new double[_timeline.Times.Length];
        (_planned, _now, _next) = (new int[_books.Length], new int[_books.Length], [.. _books.Select(b => b.Start)]);
    }

    /// <param name="symbols">Those of a finished run, in its order; their decisions are not asked.</param>
    /// <param name="plans">Per symbol its positions, ascending and apart, all inside its window.</param>
    /// <param name="options">Account, costs and sizing, without exits.</param>
    public static BacktestResult Of(IReadOnlyList<SymbolRun> symbols, IReadOnlyList<PlannedPosition[]> plans, BacktestOptions options, CancellationToken cancellation = default)
    {
        options.Validate();
        return new PlannedRun(symbols, plans, options).Run(options.InitialCapital, cancellation);
    }

    private BacktestResult Run(double initialCapital, CancellationToken cancellation)
    {
        var times = _timeline.Times;
        for (var step = 0; step < times.Length; step++)
        {
            if (step % ReportInterval == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            step = _books.Length == 1 ? Quiet(step) : step;
            if (step < times.Length)
            {
                Step(step, times[step]);
            }
        }

        var tally = new EquityTally(_equity, initialCapital);
        tally.AddUntil(_equity.Length);
        var outcome = new LoopOutcome(_timeline, _equity, tally, _closesHeld, new DecisionTally().Counts());
        var daily = DailyReturns.FromEquity(times, _equity, initialCapital);
        return new BacktestResult(_books, _account.Ledger, outcome) { Daily = daily, Metrics = Performance.Measure(outcome, _account.Ledger, daily) };
    }

    /// <summary>Values the bars of the only symbol up to the next at which something happens.</summary>
    /// <returns>The step of that bar.</returns>
    private int Quiet(int step)
    {
        var (book, plan) = (_books[0], _plans[0]);
        var due = _planned[0] == plan.Length ? book.End : book.Side == PositionSide.Flat ? plan[_planned[0]].Entry : plan[_planned[0]].Exit;
        var bar = book.Start + step;
        if (book.Side == PositionSide.Flat)
        {
            _equity.AsSpan(step, due - bar).Fill(_account.Cash);
            bar = due;
        }
        else if (!(book.Costs.FinancingPerDay > 0))
        {
            var quiet = Marking.Mark(book.Bars.Close[bar..due], _equity.AsSpan(step, due - bar), _account.Cash + book.Margin, book.SignedValue);
            _closesHeld += quiet;
            bar += quiet;
        }

        _next[0] = bar;
        return bar - book.Start;
    }

    private void Step(int step, long time)
    {
        for (var i = 0; i < _books.Length; i++)
        {
            var book = _books[i];
            _now[i] = _next[i] < book.End && book.Bars.Times[_next[i]] == time ? _next[i]++ : -1;
            if (_now[i] >= 0 && book.Side != PositionSide.Flat && book.Costs.FinancingPerDay > 0)
            {
                _account.ChargeFinancing(book, _now[i]);
            }
        }

        LeaveAtOpen();
        Enter();

        // Those that leave at the open they came in at.
        LeaveAtOpen();
        Mark(time);
        LeaveAtClose();
        _equity[step] = _account.Marked().Value;
        _closesHeld += Array.Exists(_books, b => b.Side != PositionSide.Flat) ? 1 : 0;
    }

    private void LeaveAtOpen()
    {
        for (var i = 0; i < _books.Length; i++)
        {
            if (Due(i, isOpen: true) is { AtOpen: true } planned && planned.Exit == _now[i])
            {
                _account.ExitAtOpen(_books[i], _now[i], new PendingOrder(Signal.Close, false));
                _planned[i]++;
            }
        }
    }

    private void Enter()
    {
        for (var i = 0; i < _books.Length; i++)
        {
            if (Due(i, isOpen: false) is { } planned && planned.Entry == _now[i])
            {
                _account.EnterAtOpen(_books[i], _now[i], planned.Side == PositionSide.Long ? Signal.Buy : Signal.Sell);
                _planned[i] += _books[i].Side == PositionSide.Flat ? 1 : 0;
            }
        }
    }

    private void LeaveAtClose()
    {
        for (var i = 0; i < _books.Length; i++)
        {
            if (Due(i, isOpen: true) is { AtOpen: false } planned && planned.Exit == _now[i])
            {
                _account.CloseAtClose(_books[i], _now[i], _now[i] == _books[i].End - 1 ? FillReason.EndOfData : FillReason.CloseSignal);
                _planned[i]++;
            }
        }
    }

    /// <summary>The symbol's position that is open or that comes next, if that is what is asked for and it has a bar now.</summary>
    private PlannedPosition? Due(int symbol, bool isOpen) =>
        _now[symbol] >= 0 && _planned[symbol] < _plans[symbol].Length && (_books[symbol].Side != PositionSide.Flat) == isOpen ? _plans[symbol][_planned[symbol]] : null;

    /// <summary>Values the account at this close and ends what is open where it is worth nothing.</summary>
    private void Mark(long now)
    {
        for (var i = 0; i < _books.Length; i++)
        {
            if (_now[i] >= 0)
            {
                _books[i].LastMark = _books[i].Bars.Close[_now[i]];
            }
        }

        if (_account.Marked().Value > 0)
        {
            return;
        }

        for (var i = 0; i < _books.Length; i++)
        {
            if (_books[i].Side != PositionSide.Flat)
            {
                _account.CloseAtClose(_books[i], _next[i] - 1, FillReason.Ruin, _now[i] >= 0 ? null : now + _books[i].Bars.Timeframe.Milliseconds);
                _planned[i]++;
            }
        }
    }
}
