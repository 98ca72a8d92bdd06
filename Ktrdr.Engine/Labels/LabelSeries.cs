namespace Ktrdr.Engine.Labels;

/// <summary>
/// What the future held for every bar of one series. It looks ahead by design and is therefore a type of its own that no feature accepts.
/// All arrays have one entry per bar.
/// </summary>
public sealed class LabelSeries
{
    /// <summary>Class indices of trade labels (triple_barrier, zigzag): the trade that the future rewarded.</summary>
    public const int Buy = 0;

    /// <inheritdoc cref="Buy"/>
    public const int Hold = 1;

    /// <inheritdoc cref="Buy"/>
    public const int Sell = 2;

    /// <summary>Class indices of regime labels.</summary>
    public const int TrendingUp = 0;

    /// <inheritdoc cref="TrendingUp"/>
    public const int TrendingDown = 1;

    /// <inheritdoc cref="TrendingUp"/>
    public const int Ranging = 2;

    /// <inheritdoc cref="TrendingUp"/>
    public const int Volatile = 3;

    /// <summary>Class indices of context labels.</summary>
    public const int Bullish = 0;

    /// <inheritdoc cref="Bullish"/>
    public const int Bearish = 1;

    /// <inheritdoc cref="Bullish"/>
    public const int Neutral = 2;

    /// <summary>The class of a bar that has no label.</summary>
    public const int Undefined = -1;

    internal LabelSeries(bool isRegression, int classCount, int[] classes, float[] target, int[] end)
    {
        IsRegression = isRegression;
        ClassCount = classCount;
        Class = classes;
        Target = target;
        End = end;
    }

    /// <summary>True where <see cref="Target"/> is learned, false where <see cref="Class"/> is.</summary>
    public bool IsRegression { get; }

    /// <summary>Number of classes; 0 for a regression.</summary>
    public int ClassCount { get; }

    /// <summary>Class per bar, <see cref="Undefined"/> where there is none (and everywhere for a regression).</summary>
    public int[] Class { get; }

    /// <summary>Future return as a fraction per bar, NaN where there is none (and everywhere for a classification).</summary>
    public float[] Target { get; }

    /// <summary>Index of the last bar each label has seen, inclusive; the bar's own index where there is no label.</summary>
    public int[] End { get; }

    public int Count => End.Length;

    /// <summary>Whether bar <paramref name="i"/> has a label.</summary>
    public bool IsDefined(int i) => IsRegression ? !float.IsNaN(Target[i]) : Class[i] != Undefined;

    /// <summary>No label on any bar; <paramref name="classCount"/> 0 makes it a regression.</summary>
    internal static LabelSeries Empty(int count, int classCount)
    {
        var (classes, target, end) = (new int[count], new float[count], new int[count]);
        Array.Fill(classes, Undefined);
        Array.Fill(target, float.NaN);
        for (var i = 0; i < count; i++)
        {
            end[i] = i;
        }

        return new LabelSeries(classCount == 0, classCount, classes, target, end);
    }

    /// <summary>One below the other; ends become row numbers of the whole.</summary>
    internal static LabelSeries Concat(IReadOnlyList<LabelSeries> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var end = new List<int>();
        foreach (var part in parts)
        {
            var first = end.Count;
            end.AddRange(part.End.Select(e => first + e));
        }

        return new LabelSeries(
            parts[0].IsRegression, parts[0].ClassCount, [.. parts.SelectMany(p => p.Class)], [.. parts.SelectMany(p => p.Target)], [.. end]);
    }
}
