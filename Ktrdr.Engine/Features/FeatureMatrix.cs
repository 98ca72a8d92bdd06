namespace Ktrdr.Engine.Features;

/// <summary>What the network sees: one row per bar of the base timeframe, one column per feature. Made by <see cref="FeaturePipeline"/> only; labels have no way in.</summary>
public sealed class FeatureMatrix
{
    internal FeatureMatrix(IReadOnlyList<string> names, int rows, float[] values, bool[] isReady, int longestLookBack)
    {
        Names = names;
        Rows = rows;
        Values = values;
        IsReady = isReady;
        LongestLookBack = longestLookBack;
    }

    /// <summary>Feature ids in column order.</summary>
    public IReadOnlyList<string> Names { get; }

    public int Rows { get; }

    public int Columns => Names.Count;

    /// <summary>Row-major, <see cref="Rows"/> x <see cref="Columns"/>; NaN while an indicator warms up.</summary>
    public float[] Values { get; }

    /// <summary>Per row: complete, without NaN, and with the history the strategy requires before it. Other rows are neither trained on nor traded.</summary>
    public bool[] IsReady { get; }

    /// <summary>Bars of the base timeframe before a row that its finite windows reach back to.</summary>
    public int LongestLookBack { get; }

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
}
