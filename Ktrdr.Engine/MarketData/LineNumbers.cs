namespace Ktrdr.Engine.MarketData;

/// <summary>The line each bar came from. Nearly every line is the one behind the line before: only the others are kept.</summary>
internal sealed class LineNumbers
{
    /// <summary>Bars from Index on come from Line and those behind it.</summary>
    private readonly List<(int Index, int Line)> runs = [];
    private int count;
    private int next = -1;

    /// <summary>The line of a bar.</summary>
    public int this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)count, nameof(index));
            var (low, high) = (0, runs.Count);
            while (high - low > 1)
            {
                var middle = low + ((high - low) >> 1);
                (low, high) = runs[middle].Index <= index ? (middle, high) : (low, middle);
            }

            return runs[low].Line + index - runs[low].Index;
        }
    }

    /// <summary>The next bars come from <paramref name="line"/> and the lines behind it.</summary>
    public void Add(int line, int bars = 1)
    {
        if (line != next)
        {
            runs.Add((count, line));
        }

        count += bars;
        next = line + bars;
    }
}
