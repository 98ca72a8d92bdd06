using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Ktrdr.Engine.MarketData;

/// <summary>
/// Bars of one symbol and timeframe in columns: immutable, strictly ascending in time. A bar is stamped with its open time in
/// Unix milliseconds UTC. Prices are in quote currency; volume is in the source's units, NaN where there is none.
/// </summary>
public sealed class BarSeries
{
    private const double MillisecondsPerYear = UtcDay.PerYear * UtcDay.Milliseconds;

    private readonly long[] _times;
    private readonly double[] _open;
    private readonly double[] _high;
    private readonly double[] _low;
    private readonly double[] _close;
    private readonly double[] _volume;
    private readonly int _offset;

    /// <summary>Columns that lie in a file instead of in the arrays, which are empty then.</summary>
    private readonly MappedColumns? _mapped;

    /// <summary>When each bar of the columns is complete; null where that is stamp + timeframe.</summary>
    private readonly long[]? _completeAt;
    private readonly long _delay;
    private string? _contentHash;

    /// <summary>One value, so that threads that ask together see a whole one: 0 not looked for yet, 1 yes, 2 no.</summary>
    private int _hasAllPrices;

    /// <summary>Takes the columns over without copying: the caller must not change them afterwards.</summary>
    /// <exception cref="InvalidInputException">The columns differ in length, or the times are not strictly ascending.</exception>
    public BarSeries(
        string symbol, Timeframe timeframe, long[] times, double[] open, double[] high, double[] low, double[] close, double[] volume)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(symbol);
        ArgumentNullException.ThrowIfNull(timeframe);
        RequireLength(nameof(open), open, times.Length);
        RequireLength(nameof(high), high, times.Length);
        RequireLength(nameof(low), low, times.Length);
        RequireLength(nameof(close), close, times.Length);
        RequireLength(nameof(volume), volume, times.Length);
        if (TimeSteps.FirstNotAscending(times) is var i && i < times.Length)
        {
            throw new InvalidInputException(new Problem(
                "unsorted", $"times[{i}]", $"times[{i}] = {times[i]} is not after times[{i - 1}] = {times[i - 1]}; bar times must ascend strictly")
            {
                Value = times[i].ToString(),
            });
        }

        Symbol = symbol;
        Timeframe = timeframe;
        Count = times.Length;
        (_times, _open, _high, _low, _close, _volume) = (times, open, high, low, close, volume);
        Calendar = MarketCalendar.None;
        _delay = timeframe.Milliseconds;
    }

    private BarSeries(string symbol, Timeframe timeframe, MappedColumns mapped)
    {
        (Symbol, Timeframe, Count, _mapped) = (symbol, timeframe, mapped.Count, mapped);
        _times = [];
        _open = _high = _low = _close = _volume = [];
        Calendar = MarketCalendar.None;
        _delay = timeframe.Milliseconds;
    }

    private BarSeries(BarSeries parent, int start, int count)
    {
        _mapped = parent._mapped;
        Symbol = parent.Symbol;
        Timeframe = parent.Timeframe;
        Count = count;
        _offset = parent._offset + start;
        (_times, _open, _high, _low, _close, _volume) = (parent._times, parent._open, parent._high, parent._low, parent._close, parent._volume);
        Calendar = parent.Calendar;
        PublicationLagMilliseconds = parent.PublicationLagMilliseconds;
        (_completeAt, _delay) = (parent._completeAt, parent._delay);
    }

    private BarSeries(BarSeries parent, MarketCalendar calendar, long publicationLag)
        : this(parent, 0, parent.Count)
    {
        if (publicationLag < 0)
        {
            throw new InvalidInputException(new Problem(
                "negative_lag", "publication_lag", $"publication_lag = {publicationLag} ms is not allowed; allowed: 0 or more, since nothing is published before it is known"));
        }

        Calendar = calendar;
        PublicationLagMilliseconds = publicationLag;
        var needsTable = calendar.Moves(Timeframe);
        _completeAt = needsTable ? Array.ConvertAll(parent.AllTimes, time => calendar.CompleteAt(time, Timeframe)) : null;
        _delay = publicationLag + (needsTable ? 0 : Timeframe.Milliseconds);
    }

    public string Symbol { get; }

    public Timeframe Timeframe { get; }

    /// <summary>Bars.</summary>
    public int Count { get; }

    /// <summary>When the market trades; <see cref="MarketCalendar.None"/> unless it was given.</summary>
    public MarketCalendar Calendar { get; }

    /// <summary>How long after its completion a bar is published, milliseconds: 0 for prices.</summary>
    public long PublicationLagMilliseconds { get; }

    /// <summary>The same in hours.</summary>
    public double PublicationLagHours => PublicationLagMilliseconds / (double)Durations.Hour;

    /// <summary>Open times, Unix milliseconds UTC, strictly ascending.</summary>
    public ReadOnlySpan<long> Times
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _mapped is null ? _times.AsSpan(_offset, Count) : _mapped.Times(_offset, Count);
    }

    /// <summary>First price of each bar, quote currency.</summary>
    public ReadOnlySpan<double> Open
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _mapped is null ? _open.AsSpan(_offset, Count) : _mapped.Column(1, _offset, Count);
    }

    /// <summary>Highest price of each bar, quote currency.</summary>
    public ReadOnlySpan<double> High
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _mapped is null ? _high.AsSpan(_offset, Count) : _mapped.Column(2, _offset, Count);
    }

    /// <summary>Lowest price of each bar, quote currency.</summary>
    public ReadOnlySpan<double> Low
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _mapped is null ? _low.AsSpan(_offset, Count) : _mapped.Column(3, _offset, Count);
    }

    /// <summary>Last price of each bar, quote currency.</summary>
    public ReadOnlySpan<double> Close
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _mapped is null ? _close.AsSpan(_offset, Count) : _mapped.Column(4, _offset, Count);
    }

    /// <summary>Traded in each bar, in the unit of the source; NaN where the source has none.</summary>
    public ReadOnlySpan<double> Volume
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _mapped is null ? _volume.AsSpan(_offset, Count) : _mapped.Column(5, _offset, Count);
    }

    /// <summary>No price of any bar is NaN; looked for once.</summary>
    internal bool HasAllPrices
    {
        get
        {
            var known = Volatile.Read(ref _hasAllPrices);
            if (known == 0)
            {
                known = MissingValues.First(Open) == Count && MissingValues.First(High) == Count && MissingValues.First(Low) == Count && MissingValues.First(Close) == Count ? 1 : 2;
                Volatile.Write(ref _hasAllPrices, known);
            }

            return known == 1;
        }
    }

    /// <summary>Some bar has a volume above 0.</summary>
    public bool HasVolume
    {
        get
        {
            foreach (var value in Volume)
            {
                if (value > 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>SHA-256 (lower-case hex) over the canonical bytes: symbol, timeframe, all columns, and calendar and publication lag where they are set.</summary>
    public string ContentHash => _contentHash ??= Convert.ToHexStringLower(SHA256.HashData(BarSeriesFormat.Body(this)));

    /// <summary>
    /// Bars per calendar year as observed: (count − 1) bars over the elapsed time, a year being 365.25 days.
    /// With fewer than two bars it is the nominal figure of the timeframe.
    /// </summary>
    public double BarsPerYear => Count < 2
        ? MillisecondsPerYear / Timeframe.Milliseconds
        : (Count - 1) * MillisecondsPerYear / (Times[Count - 1] - Times[0]);

    /// <summary>
    /// When bar <paramref name="i"/> may be used, Unix milliseconds UTC: its session's close where a calendar is given, else its stamp plus the
    /// timeframe (see <see cref="MarketCalendar.CompleteAt"/>), plus the publication lag.
    /// </summary>
    public long AvailableAt(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)Count, nameof(i));
        return (_completeAt is null ? Times[i] : _completeAt[_offset + i]) + _delay;
    }

    /// <summary>The same bars in the same memory with another calendar, and another publication lag (milliseconds) if one is named.</summary>
    /// <exception cref="InvalidInputException">The lag is negative.</exception>
    public BarSeries With(MarketCalendar calendar, long? publicationLag = null)
        => calendar == Calendar && (publicationLag ?? PublicationLagMilliseconds) == PublicationLagMilliseconds
            ? this
            : new BarSeries(this, calendar, publicationLag ?? PublicationLagMilliseconds);

    /// <summary>The same times, calendar and lag with other prices: for what asks how results change when bars do. Takes the columns over.</summary>
    public BarSeries WithPrices(double[] open, double[] high, double[] low, double[] close, double[] volume)
        => new BarSeries(Symbol, Timeframe, Times.ToArray(), open, high, low, close, volume).With(Calendar, PublicationLagMilliseconds);

    /// <summary>
    /// For each bar whether a new run of consecutive bars starts there: true for the first, and where bars are missing before it that neither the
    /// calendar nor, without one, the look of the gap explains (see <see cref="BarGaps"/>). Windows of a sequence never cross such a place.
    /// </summary>
    public bool[] RunStarts()
    {
        var starts = new bool[Count];
        foreach (var gap in BarGaps.Find(Times, Timeframe, Calendar, soFar: true))
        {
            starts[gap.Index] = gap.Kind == GapKind.Unexpected;
        }

        if (Count > 0)
        {
            starts[0] = true;
        }

        return starts;
    }

    /// <summary>The bars [start, start + count) over the same memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the series.</exception>
    public BarSeries Slice(int start, int count)
    {
        if (start < 0 || count < 0 || start > Count - count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"start {start}, count {count} does not lie inside the {Count} bars");
        }

        return start == 0 && count == Count ? this : new BarSeries(this, start, count);
    }

    /// <summary>The first index whose time is at or after <paramref name="time"/>; <see cref="Count"/> if there is none.</summary>
    public int LowerBound(long time)
    {
        var at = Times.BinarySearch(time);
        return at < 0 ? ~at : at;
    }

    /// <summary>The series in the binary columnar format KBARS1, see <see cref="BarSeriesFormat"/>.</summary>
    public byte[] ToBytes() => BarSeriesFormat.Write(this);

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidInputException">Not this format, cut short, or its checksum does not fit.</exception>
    public static BarSeries FromBytes(ReadOnlySpan<byte> bytes) => BarSeriesFormat.Read(bytes);

    /// <summary>
    /// The series in a file of <see cref="ToBytes"/>, mapped into memory: its columns are read from the page cache as they are used, so that a million
    /// bars are there in a millisecond, after some tens for the checksum when the process opens the file for the first time.
    /// </summary>
    /// <remarks>A file stays mapped as long as the process lives; put another in its place by renaming, never by writing into it.</remarks>
    /// <exception cref="InvalidInputException">Not this format, cut short, damaged, or times that do not ascend.</exception>
    public static BarSeries Map(string path)
    {
        var (columns, header) = MappedColumns.Open(path);
        return new BarSeries(header.Symbol, header.Timeframe, columns).With(header.Calendar, header.PublicationLag);
    }

    /// <summary>The times of the whole memory, also outside of a slice.</summary>
    private long[] AllTimes => _mapped is null ? _times : _mapped.Times(0, _mapped.Count).ToArray();

    private static void RequireLength(string name, double[] column, int length)
    {
        if (column.Length != length)
        {
            throw new InvalidInputException(new Problem(
                "column_length", name, $"column '{name}' has {column.Length} values; allowed: {length}, one per bar time"));
        }
    }
}
