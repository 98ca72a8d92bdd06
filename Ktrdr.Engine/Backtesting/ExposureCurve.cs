namespace Ktrdr.Engine.Backtesting;

/// <summary>What was held at each close as a fraction of equity, worked out from the fills: only who looks at it pays for it.</summary>
internal sealed class ExposureCurve
{
    private ExposureCurve(int length) => (Net, Gross) = (new double[length], new double[length]);

    /// <summary>Longs less shorts.</summary>
    public double[] Net { get; }

    /// <summary>Longs and shorts together.</summary>
    public double[] Gross { get; }

    public static ExposureCurve Of(IReadOnlyList<SymbolBook> books, Ledger ledger, Timeline timeline, double[] equity)
    {
        var curve = new ExposureCurve(equity.Length);
        foreach (var book in books)
        {
            curve.Add(book, ledger, timeline.Times);
        }

        for (var i = 0; i < equity.Length; i++)
        {
            curve.Net[i] = equity[i] > 0 ? curve.Net[i] / equity[i] : 0;
            curve.Gross[i] = equity[i] > 0 ? curve.Gross[i] / equity[i] : 0;
        }

        return curve;
    }

    /// <summary>Adds a symbol's value at each moment of the timeline: at its own close, or its last one before.</summary>
    private void Add(SymbolBook book, Ledger ledger, ReadOnlySpan<long> timeline)
    {
        var (bar, fill, value) = (book.Start - 1, 0, 0.0);
        for (var i = 0; i < timeline.Length; i++)
        {
            if (bar + 1 < book.End && book.Bars.Times[bar + 1] == timeline[i])
            {
                bar++;
            }

            // Ruin may close a symbol at a moment without a bar of its own: it belongs to its last bar, but happens then.
            var completed = timeline[i] + book.Bars.Timeframe.Milliseconds;
            for (; fill < ledger.Fills.Count; fill++)
            {
                ref var row = ref ledger.Fills[fill];
                if (row.Symbol != book.Index)
                {
                    continue;
                }

                var isLater = row.Reason == FillReason.Ruin && row.Time > completed && row.Time != book.Bars.AvailableAt(row.Bar);
                if (row.Bar > bar || isLater)
                {
                    break;
                }

                value = row.Reason == FillReason.Entry ? (row.Side == FillSide.Buy ? 1 : -1) * row.Quantity * book.Costs.UnitValue : 0;
            }

            if (value != 0)
            {
                var held = value * book.Bars.Close[bar];
                Net[i] += held;
                Gross[i] += Math.Abs(held);
            }
        }
    }
}
