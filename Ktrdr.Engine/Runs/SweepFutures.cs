using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Runs;

/// <summary>The bars of a sweep's test as they are and as they might have gone on after each cut point, made once for all variants.</summary>
internal sealed class SweepFutures
{
    /// <summary>Rows before and after a cut at which what has no memory of its own is looked at.</summary>
    public const int RowsAround = 256;

    private readonly Lazy<bool[]> _startsRun;
    private readonly BarSeries _bars;
    private readonly int _start;

    /// <param name="market">Bars that end with the window.</param>
    /// <param name="start">Open time of the first bar of the window, Unix milliseconds UTC.</param>
    /// <param name="seed">Decides the cut points and the changes.</param>
    public SweepFutures(MarketView market, long start, ulong seed)
    {
        var (bars, timeframe) = (market.Primary, market.Primary.Timeframe.Name);
        var inputs = new FeatureInputs(new SortedDictionary<string, BarSeries>(StringComparer.Ordinal) { [timeframe] = bars }) { Context = market.Context };
        (_bars, _start) = (bars, bars.LowerBound(start));
        CutPoints = PerturbationProof.SampleCutPoints(_start, bars.Count, SweepProof.CutPoints, seed);
        Changed = [.. PerturbationProof.Futures(inputs, timeframe, CutPoints, seed).Select(future => new SweepFuture(future, bars))];
        _startsRun = new Lazy<bool[]>(bars.RunStarts);
    }

    public IReadOnlyList<int> CutPoints { get; }

    /// <summary>The symbol, tried at some of the cut points.</summary>
    public TriedSymbol TriedAt(IReadOnlyList<int> cutPoints) => TriedSymbol.Of(_bars, _start, cutPoints);

    /// <summary>Two per cut point.</summary>
    public IReadOnlyList<SweepFuture> Changed { get; }

    /// <summary>Row up to a cut at which a run starts in one future and in the other not, or null: it follows from the bars alone.</summary>
    public int? FirstOtherRunStart(SweepFuture future)
    {
        var known = _startsRun.Value.AsSpan(0, future.Known);
        var same = known.CommonPrefixLength(future.StartsRun.AsSpan(0, Math.Min(future.Known, future.StartsRun.Length)));
        return same < known.Length ? same : null;
    }
}

/// <summary>One of the futures of a cut point.</summary>
internal sealed class SweepFuture
{
    private readonly Lazy<bool[]> _startsRun;

    public SweepFuture(ChangedFuture future, BarSeries original)
    {
        (Cut, Now, Change) = (future.Cut, future.Now, future.Change);
        Market = new MarketView(future.Inputs.Bars[original.Timeframe.Name], future.Inputs.Context);
        Known = FeatureInputs.KnownAt(original, Now);
        Ahead = Market.Primary.Slice(0, Math.Min(Market.Primary.Count, Known + SweepFutures.RowsAround));
        _startsRun = new Lazy<bool[]>(Market.Primary.RunStarts);
    }

    /// <summary>Row after whose decision the bars are others.</summary>
    public int Cut { get; }

    /// <summary>When that row is decided, Unix milliseconds UTC.</summary>
    public long Now { get; }

    public FutureChange Change { get; }

    /// <summary>The changed bars; wider timeframes are made anew of them, once.</summary>
    public MarketView Market { get; }

    /// <summary>Bars of the base timeframe that are known at <see cref="Now"/>.</summary>
    public int Known { get; }

    /// <summary>The changed bars until shortly after the cut.</summary>
    public BarSeries Ahead { get; }

    public bool[] StartsRun => _startsRun.Value;
}
