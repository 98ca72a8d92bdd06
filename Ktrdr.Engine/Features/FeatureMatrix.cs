namespace Ktrdr.Engine.Features;

/// <summary>What the network sees: one row per bar of the base timeframe, one column per feature. Made by <see cref="FeaturePipeline"/> only; labels have no way in.</summary>
public sealed class FeatureMatrix
{
    internal FeatureMatrix(IReadOnlyList<string> names, float[] values, bool[] isReady, bool[] startsRun, int longestLookBack)
    {
        Names = names;
        Values = values;
        IsReady = isReady;
        StartsRun = startsRun;
        LongestLookBack = longestLookBack;
    }

    /// <summary>Feature ids in column order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>One per bar of the base timeframe; of several symbols, one below the other.</summary>
    public int Rows => IsReady.Length;

    /// <summary>Features per row.</summary>
    public int Columns => Names.Count;

    /// <summary>Row-major, <see cref="Rows"/> x <see cref="Columns"/>; NaN while an indicator warms up.</summary>
    public float[] Values { get; }

    /// <summary>Per row: complete, without NaN, and with the history the strategy requires before it. Other rows are neither trained on nor traded.</summary>
    public bool[] IsReady { get; }

    /// <summary>Per row: it does not continue the row before, because bars are missing between them or they are of two symbols. The first row starts a run.</summary>
    public bool[] StartsRun { get; }

    /// <summary>Bars of the base timeframe before a row that its finite windows reach back to.</summary>
    public int LongestLookBack { get; }

    /// <summary>The <see cref="Columns"/> features of a row.</summary>
    public ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>The first row that is ready; <see cref="Rows"/> if there is none.</summary>
    public int FirstReady
    {
        get
        {
            var first = Array.IndexOf(IsReady, true);
            return first < 0 ? Rows : first;
        }
    }

    /// <summary>Per row: the window of <paramref name="sequenceLength"/> rows that ends with it is whole: all its rows are ready and none but its first starts a run.</summary>
    public bool[] WindowReady(int sequenceLength) => WindowReady(IsReady, StartsRun, sequenceLength);

    /// <summary>The same for rows that are not in a matrix, as of a <see cref="FeatureStream"/>.</summary>
    public static bool[] WindowReady(bool[] isReady, bool[] startsRun, int sequenceLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        var whole = new bool[isReady.Length];
        var length = 0;
        for (var row = 0; row < whole.Length; row++)
        {
            length = !isReady[row] ? 0 : startsRun[row] ? 1 : length + 1;
            whole[row] = length >= sequenceLength;
        }

        return whole;
    }

    /// <summary>The rows of several symbols one below the other; each symbol's first row starts a run.</summary>
    /// <exception cref="InvalidInputException">There is none, or the whole does not fit into one array.</exception>
    internal static FeatureMatrix Concat(IReadOnlyList<FeatureMatrix> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var length = parts.Sum(p => (long)p.Values.Length);
        if (parts.Count == 0 || length > Array.MaxLength)
        {
            throw new InvalidInputException(new Problem("too_large", "symbols", $"{parts.Count} symbols with {length} feature values do not make one matrix; allowed: at least one symbol and at most {Array.MaxLength} values."));
        }

        var values = GC.AllocateUninitializedArray<float>((int)length);
        var at = 0;
        foreach (var part in parts)
        {
            part.Values.CopyTo(values, at);
            at += part.Values.Length;
        }

        return new FeatureMatrix(parts[0].Names, values, [.. parts.SelectMany(p => p.IsReady)], [.. parts.SelectMany(p => p.StartsRun)], parts.Max(p => p.LongestLookBack));
    }
}
