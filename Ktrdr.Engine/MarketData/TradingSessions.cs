namespace Ktrdr.Engine.MarketData;

/// <summary>Stretches of time [open, close), ascending and apart from each other, Unix milliseconds UTC.</summary>
internal sealed class TradingSessions
{
    private readonly long[] _opens;
    private readonly long[] _closes;

    public TradingSessions(IEnumerable<(long Open, long Close)> sessions)
    {
        var all = sessions.ToArray();
        _opens = Array.ConvertAll(all, s => s.Open);
        _closes = Array.ConvertAll(all, s => s.Close);
    }

    public int Count => _opens.Length;

    /// <summary>First moment and last that the table knows anything about.</summary>
    public (long First, long Last) Reach => (_opens[0], _closes[^1]);

    public (long Open, long Close) this[int i] => (_opens[i], _closes[i]);

    /// <summary>Index of the first session that ends after <paramref name="time"/>; <see cref="Count"/> if there is none.</summary>
    public int EndingAfter(long time)
    {
        var i = Array.BinarySearch(_closes, time);
        return i >= 0 ? i + 1 : ~i;
    }

    /// <summary>Whether some session lies at least partly inside [from, to).</summary>
    public bool AnyInside(long from, long to)
    {
        var i = EndingAfter(from);
        return i < Count && _opens[i] < to;
    }

    /// <summary>How many steps of <paramref name="width"/> the sessions inside [from, to) take, each session begun anew.</summary>
    public long StepsInside(long from, long to, long width)
    {
        var steps = 0L;
        for (var i = EndingAfter(from); i < Count && _opens[i] < to; i++)
        {
            steps += (Math.Min(to, _closes[i]) - Math.Max(from, _opens[i]) + width - 1) / width;
        }

        return steps;
    }

    /// <summary>
    /// The moment in (from, to] up to which there is trading: <paramref name="to"/> where the market is open just before it, else the last close
    /// inside; null where no session touches the stretch or the table does not reach that far.
    /// </summary>
    public long? TradedUntil(long from, long to)
    {
        if (Count == 0 || from < _opens[0] || to > _closes[^1])
        {
            return null;
        }

        var i = EndingAfter(to - 1);
        return i < Count && _opens[i] < to ? to : i > 0 && _closes[i - 1] > from ? _closes[i - 1] : null;
    }
}
