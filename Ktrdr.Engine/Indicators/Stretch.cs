using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Indicators;

/// <summary>The columns that an indicator reads; a bar on which one of them is NaN is missing to it.</summary>
[Flags]
internal enum Inputs
{
    Open = 1,
    High = 2,
    Low = 4,
    Close = 8,
    Volume = 16,

    /// <summary>The series that the parameter <c>source</c> names.</summary>
    Source = 32,

    HighLow = High | Low,
    Bars = High | Low | Close,
}

/// <summary>Bars without a missing one among the columns that an indicator reads; the columns that it does not read are empty.</summary>
internal readonly ref struct Stretch
{
    public ReadOnlySpan<double> Open { get; private init; }

    public ReadOnlySpan<double> High { get; private init; }

    public ReadOnlySpan<double> Low { get; private init; }

    public ReadOnlySpan<double> Close { get; private init; }

    public ReadOnlySpan<double> Volume { get; private init; }

    public ReadOnlySpan<double> Source { get; private init; }

    public int Length { get; private init; }

    /// <summary>No NaN anywhere, known without looking.</summary>
    private bool IsWhole { get; init; }

    public static Stretch Whole(BarSeries bars, Inputs inputs, ReadOnlySpan<double> source) => new()
    {
        Open = inputs.HasFlag(Inputs.Open) ? bars.Open : default,
        High = inputs.HasFlag(Inputs.High) ? bars.High : default,
        Low = inputs.HasFlag(Inputs.Low) ? bars.Low : default,
        Close = inputs.HasFlag(Inputs.Close) ? bars.Close : default,
        Volume = inputs.HasFlag(Inputs.Volume) ? bars.Volume : default,
        Source = source,
        Length = bars.Count,
        IsWhole = bars.HasAllPrices && !inputs.HasFlag(Inputs.Volume) && (source.IsEmpty || source == bars.Open || source == bars.High || source == bars.Low || source == bars.Close),
    };

    public Stretch Slice(int start, int end) => new()
    {
        Open = Part(Open, start, end),
        High = Part(High, start, end),
        Low = Part(Low, start, end),
        Close = Part(Close, start, end),
        Volume = Part(Volume, start, end),
        Source = Part(Source, start, end),
        Length = end - start,
    };

    /// <summary>Finds the next stretch without NaN at or after <paramref name="end"/>; false when there is none.</summary>
    public bool Next(ref int start, ref int end)
    {
        start = end;
        if (IsWhole)
        {
            end = Length;
            return start < Length;
        }

        while (start < Length && IsMissing(start))
        {
            start++;
        }

        if (start >= Length)
        {
            return false;
        }

        var length = Length - start;
        length = FirstNaN(Open, start, length);
        length = FirstNaN(High, start, length);
        length = FirstNaN(Low, start, length);
        length = FirstNaN(Close, start, length);
        length = FirstNaN(Volume, start, length);
        end = start + FirstNaN(Source, start, length);
        return true;
    }

    /// <summary>The next stretch without NaN of one series at or after <paramref name="end"/>.</summary>
    public static bool Next(ReadOnlySpan<double> series, ref int start, ref int end) => new Stretch { Source = series, Length = series.Length }.Next(ref start, ref end);

    private static ReadOnlySpan<double> Part(ReadOnlySpan<double> column, int start, int end) => column.IsEmpty ? default : column[start..end];

    private bool IsMissing(int i) => IsNaN(Open, i) || IsNaN(High, i) || IsNaN(Low, i) || IsNaN(Close, i) || IsNaN(Volume, i) || IsNaN(Source, i);

    private static bool IsNaN(ReadOnlySpan<double> column, int i) => !column.IsEmpty && double.IsNaN(column[i]);

    /// <summary>Elements before the first NaN of column[start .. start + length), at most <paramref name="length"/>.</summary>
    private static int FirstNaN(ReadOnlySpan<double> column, int start, int length)
    {
        if (column.IsEmpty)
        {
            return length;
        }

        return MissingValues.First(column.Slice(start, length));
    }
}
