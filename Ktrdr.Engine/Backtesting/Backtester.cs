using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Runs decisions over bars. The rules of every fill are in <c>docs/fill-rules.md</c>.</summary>
public static class Backtester
{
    private const int MaximumSymbols = short.MaxValue;

    /// <summary>
    /// One symbol, one position at a time. Per bar: the order decided at the close before is filled at this open, exits inside the bar are looked for, the
    /// account is marked at this close, the next decision is made. What is open at the end is closed at the last close, and equity and metrics include it.
    /// </summary>
    /// <param name="bars">All bars; those before <paramref name="start"/> are pre-roll that the decisions may have used.</param>
    /// <param name="start">First bar of the window: the first decision is made at its close.</param>
    /// <param name="endExclusive">End of the window. A decision at the last close has no open to be filled at and is dropped.</param>
    /// <param name="decisions">Pure decisions for at least <paramref name="endExclusive"/> bars.</param>
    /// <param name="options">Account, costs, sizing and exits.</param>
    /// <param name="cancellation">Looked at every 65 536 bars.</param>
    /// <param name="progress">Told the share of bars done, in [0, 1].</param>
    /// <exception cref="InvalidInputException">Empty window, window outside the bars, too few decisions, options out of range, or a price in the window that is not positive and finite.</exception>
    public static BacktestResult Run(
        BarSeries bars, int start, int endExclusive, IDecisions decisions, BacktestOptions options,
        CancellationToken cancellation = default, Action<double>? progress = null)
        => Run([new SymbolRun(bars, start, endExclusive, decisions)], options, new RunControl { Cancellation = cancellation, Progress = progress });

    /// <summary>
    /// Several symbols on one account, one position at a time in each. The timeline is the union of their bars' times; a symbol without a bar at a moment
    /// neither trades nor decides there and is valued at its last close.
    /// </summary>
    /// <param name="symbols">In the order in which they get at the cash; all of one timeframe, no symbol twice.</param>
    /// <param name="options">Account, costs, sizing and exits.</param>
    /// <param name="control">Cancellation, progress, checkpoints and where to go on.</param>
    /// <exception cref="InvalidInputException">As for one symbol; no symbol, a symbol twice, different timeframes, or a checkpoint of another run.</exception>
    public static BacktestResult Run(IReadOnlyList<SymbolRun> symbols, BacktestOptions options, RunControl? control = null)
    {
        control ??= new RunControl();
        options.Validate();
        Check(symbols, options, control);
        SymbolBook[] books = [.. symbols.Select((s, i) => new SymbolBook(i, s, options))];
        var account = new Account(books, options);
        var outcome = books.Length == 1 && !control.NeedsSteps
            ? RunSymbol(books[0], account, control)
            : new PortfolioLoop(books, account).Run(control, control.NeedsSteps ? BacktestCheckpoint.FingerprintOf(symbols, options) : "", options.InitialCapital);
        var daily = DailyReturns.FromEquity(outcome.Timeline.Times, outcome.Equity, options.InitialCapital);
        return new BacktestResult(books, account.Ledger, outcome)
        {
            Daily = daily,
            Metrics = Performance.Measure(outcome, account.Ledger, daily),
        };
    }

    /// <summary>The fills of one symbol and nothing else of a run.</summary>
    /// <inheritdoc cref="Run(IReadOnlyList{SymbolRun}, BacktestOptions, RunControl?)"/>
    internal static IReadOnlyList<Fill> Fills(SymbolRun symbol, BacktestOptions options)
    {
        var control = new RunControl();
        options.Validate();
        Check([symbol], options, control);
        var book = new SymbolBook(0, symbol, options);
        var account = new Account([book], options);
        RunSymbol(book, account, control);
        return account.Ledger.FillList;
    }

    private static LoopOutcome RunSymbol(SymbolBook book, Account account, RunControl control) => book.Decisions switch
    {
        FixedDecisions signals => SymbolLoop.Run(book, account, new FixedDecisions.Cursor(signals), control),
        ModelDecisions model => SymbolLoop.Run(book, account, new ModelDecisions.Cursor(model), control),
        _ => SymbolLoop.Run(book, account, new AnyCursor(book.Decisions), control),
    };

    private static void Check(IReadOnlyList<SymbolRun> symbols, BacktestOptions options, RunControl control)
    {
        var problems = new List<Problem>();
        if (symbols.Count is 0 or > MaximumSymbols)
        {
            problems.Add(new Problem("invalid_symbols", "symbols", $"{Counted.Of(symbols.Count, "symbol")}: allowed are 1 to {MaximumSymbols}."));
        }

        if (control.CheckpointInterval < 1)
        {
            problems.Add(BacktestOptions.OutOfRange("checkpoint_interval", control.CheckpointInterval, "1 or more"));
        }

        for (var i = 0; i < symbols.Count; i++)
        {
            var symbol = symbols[i];
            symbol.Check(problems);
            symbol.Instrument?.Check(options.AccountCurrency, $"symbols[{i}].instrument", problems);
            if (symbols.Take(i).Any(s => s.Bars.Symbol == symbol.Bars.Symbol))
            {
                problems.Add(new Problem("duplicate_symbol", $"symbols[{i}]", $"symbols[{i}] is {symbol.Bars.Symbol} again: each symbol once.") { Value = symbol.Bars.Symbol });
            }

            if (symbol.Bars.Timeframe != symbols[0].Bars.Timeframe)
            {
                // A wider bar's close would be known to the account before the narrower bars inside it.
                problems.Add(new Problem(
                    "mixed_timeframes", $"symbols[{i}]", $"symbols[{i}] {symbol.Bars.Symbol} has {symbol.Bars.Timeframe} bars, {symbols[0].Bars.Symbol} {symbols[0].Bars.Timeframe}: all symbols of an account need one timeframe."));
            }
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }
}
