using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// The loop for one symbol, a tile of bars after the other, each run by <see cref="SymbolStretches{TCursor}"/>. It gives the bits of <see cref="PortfolioLoop"/>, which takes one bar
/// after the other; the tests hold them against each other.
/// </summary>
internal static class SymbolLoop
{
    /// <summary>Bars checked, decided and measured while they are in the cache; a multiple of the lanes of <see cref="EquityTally"/>.</summary>
    private const int Tile = 1 << 12;

    /// <summary>How many bars pass between two looks at cancellation and progress.</summary>
    private const int ReportInterval = 1 << 16;

    /// <summary>The loop, compiled once per kind of cursor so that the decisions are inlined into it.</summary>
    public static LoopOutcome Run<TCursor>(SymbolBook book, Account account, TCursor cursor, RunControl control)
        where TCursor : struct, IDecisionCursor
    {
        var (start, end, bars) = (book.Start, book.End, book.Bars);
        var equity = ColumnMemory.Allocate<double>(end - start);
        var run = new SymbolStretches<TCursor>(book, account, cursor, equity);
        var tally = new EquityTally(equity, account.Cash);
        for (var tile = start; tile < end; tile += Tile)
        {
            if ((tile - start) % ReportInterval == 0)
            {
                control.Cancellation.ThrowIfCancellationRequested();
                control.Progress?.Invoke((double)(tile - start) / equity.Length);
            }

            var tileEnd = Math.Min(end, tile + Tile);
            PriceCheck.Require(bars, tile, tileEnd);
            run.Until(tileEnd);
            if (tileEnd == end)
            {
                run.Finish();
            }

            tally.AddUntil(tileEnd - start);
        }

        control.Progress?.Invoke(1);
        return new LoopOutcome(new Timeline(bars.Slice(start, end - start)), equity, tally, run.ClosesHeld, run.Counts);
    }
}
