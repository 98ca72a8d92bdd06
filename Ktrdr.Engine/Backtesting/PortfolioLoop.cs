namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// The loop bar by bar, for any number of symbols on one account: the union of their bars' times, each symbol taking part where it has a bar.
/// Every step is what <c>docs/fill-rules.md</c> says, in its order. Its state between two steps can be saved and restored.
/// </summary>
internal sealed class PortfolioLoop
{
    private const int ReportInterval = 1 << 12;

    private readonly IReadOnlyList<SymbolBook> _books;
    private readonly Account _account;
    private readonly DecisionTally _tally = new();
    private readonly Timeline _timeline;
    private readonly double[] _equity;

    /// <summary>Per symbol the bar of the current step, -1 where it has none, and the next bar.</summary>
    private readonly int[] _now;
    private readonly int[] _next;
    private readonly bool[] _mayEnter;
    private int _step;
    private int _closesHeld;

    public PortfolioLoop(IReadOnlyList<SymbolBook> books, Account account)
    {
        (_books, _account) = (books, account);
        _timeline = new Timeline(books);
        _equity = GC.AllocateUninitializedArray<double>(_timeline.Times.Length);
        _now = new int[books.Count];
        _next = [.. books.Select(b => b.Start)];
        _mayEnter = new bool[books.Count];
    }

    public LoopOutcome Run(RunControl control, string fingerprint, double initialCapital)
    {
        foreach (var book in _books)
        {
            PriceCheck.Require(book.Bars, book.Start, book.End);
        }

        if (control.Resume is { } checkpoint)
        {
            RunState.Restore(checkpoint, fingerprint, this);
        }

        var times = _timeline.Times;
        for (; _step < times.Length; _step++)
        {
            if (control.Checkpoint is { } save && _step > 0 && _step % control.CheckpointInterval == 0)
            {
                save(RunState.Save(fingerprint, this));
            }

            if (_step % ReportInterval == 0)
            {
                control.Progress?.Invoke((double)_step / times.Length);
                if (control.Cancellation.IsCancellationRequested)
                {
                    control.Checkpoint?.Invoke(RunState.Save(fingerprint, this));
                    control.Cancellation.ThrowIfCancellationRequested();
                }
            }

            Step(times[_step]);
        }

        control.Progress?.Invoke(1);
        var tally = new EquityTally(_equity, initialCapital);
        tally.AddUntil(_equity.Length);
        return new LoopOutcome(_timeline, _equity, tally, _closesHeld, _tally.Counts());
    }

    private void Step(long time)
    {
        for (var i = 0; i < _books.Count; i++)
        {
            var book = _books[i];
            _now[i] = _next[i] < book.End && book.Bars.Times[_next[i]] == time ? _next[i]++ : -1;
        }

        ChargeFinancing();
        FillAtOpen();
        LeaveInside();
        MarkAtClose(time);
        Decide();
        CloseWhatEnds();

        _equity[_step] = _account.Marked().Value;

        // Not by what is held together: a long and a short may be worth the same.
        _closesHeld += _books.Any(b => b.Side != PositionSide.Flat) ? 1 : 0;
    }

    private void ChargeFinancing()
    {
        for (var i = 0; i < _books.Count; i++)
        {
            if (_now[i] >= 0 && _books[i].Side != PositionSide.Flat && _books[i].Costs.FinancingPerDay > 0)
            {
                _account.ChargeFinancing(_books[i], _now[i]);
            }
        }
    }

    private void FillAtOpen()
    {
        for (var i = 0; i < _books.Count; i++)
        {
            _mayEnter[i] = _now[i] >= 0 && _books[i].Pending.IsAny && _account.ExitAtOpen(_books[i], _now[i], _books[i].Pending);
        }

        for (var i = 0; i < _books.Count; i++)
        {
            if (_mayEnter[i])
            {
                _account.EnterAtOpen(_books[i], _now[i], _books[i].Pending.Signal);
            }

            if (_now[i] >= 0)
            {
                _books[i].Pending = PendingOrder.None;
            }
        }
    }

    private void LeaveInside()
    {
        for (var i = 0; i < _books.Count; i++)
        {
            if (_now[i] >= 0 && _books[i].Side != PositionSide.Flat && _books[i].Levels.IsSet)
            {
                _account.ExitInside(_books[i], _now[i]);
            }
        }
    }

    private void MarkAtClose(long now)
    {
        var isHeld = false;
        for (var i = 0; i < _books.Count; i++)
        {
            var book = _books[i];
            if (_now[i] >= 0)
            {
                book.LastMark = book.Bars.Close[_now[i]];
            }

            isHeld |= book.Side != PositionSide.Flat;
        }

        if (!isHeld || _account.Marked().Value > 0)
        {
            return;
        }

        for (var i = 0; i < _books.Count; i++)
        {
            if (_books[i].Side != PositionSide.Flat)
            {
                // A symbol without a bar now is closed at its last close, but not before now.
                var time = _now[i] >= 0 ? (long?)null : now + _books[i].Bars.Timeframe.Milliseconds;
                _account.CloseAtClose(_books[i], _next[i] - 1, FillReason.Ruin, time);
            }
        }
    }

    private void Decide()
    {
        for (var i = 0; i < _books.Count; i++)
        {
            if (_now[i] < 0)
            {
                continue;
            }

            var book = _books[i];
            var bar = _now[i];
            if (book.Side != PositionSide.Flat)
            {
                book.Levels.Complete(book.Bars.High.Slice(bar, 1), book.Bars.Low.Slice(bar, 1));
            }

            var decision = book.Decisions.Decide(new DecisionMoment(bar, book.Bars.Times[bar], book.Side, book.LastFillBar, book.LastFillTime));
            _tally.Add(decision);
            book.Pending = book.OrderAfter(bar, decision.Signal);
        }
    }

    private void CloseWhatEnds()
    {
        for (var i = 0; i < _books.Count; i++)
        {
            var book = _books[i];
            if (_now[i] != book.End - 1)
            {
                continue;
            }

            _account.Drop(book, book.Pending);
            if (book.Side != PositionSide.Flat)
            {
                _account.CloseAtClose(book, _now[i], FillReason.EndOfData);
            }
        }
    }

    /// <summary>Everything that the next step depends on, and everything done so far.</summary>
    private static class RunState
    {
        public static BacktestCheckpoint Save(string fingerprint, PortfolioLoop loop)
        {
            using var bytes = new MemoryStream();
            using var writer = new BinaryWriter(bytes);
            writer.Write(loop._step);
            writer.Write(loop._closesHeld);
            Array.ForEach(loop._next, writer.Write);
            loop._tally.Save(writer);
            CheckpointFormat.Write(writer, loop._account, loop._books);
            foreach (var value in loop._equity.AsSpan(0, loop._step))
            {
                writer.Write(value);
            }

            writer.Flush();
            return new BacktestCheckpoint(fingerprint, loop._step, loop._equity.Length, bytes.ToArray());
        }

        public static void Restore(BacktestCheckpoint checkpoint, string fingerprint, PortfolioLoop loop)
        {
            if (checkpoint.Fingerprint != fingerprint)
            {
                throw new InvalidInputException(new Problem(
                    "foreign_checkpoint", "checkpoint", "The checkpoint belongs to another run: bars, window, options and symbols must be those it was taken with."));
            }

            using var reader = new BinaryReader(new MemoryStream(checkpoint.State.ToArray()));
            loop._step = reader.ReadInt32();
            loop._closesHeld = reader.ReadInt32();
            for (var i = 0; i < loop._next.Length; i++)
            {
                loop._next[i] = reader.ReadInt32();
            }

            loop._tally.Restore(reader);
            CheckpointFormat.Read(reader, loop._account, loop._books);
            for (var i = 0; i < loop._step; i++)
            {
                loop._equity[i] = reader.ReadDouble();
            }
        }
    }
}
