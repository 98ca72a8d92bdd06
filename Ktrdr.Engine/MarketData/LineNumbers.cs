namespace Ktrdr.Engine.MarketData;

/// <summary>The line each bar came from. Nearly every line is the one behind the line before: only the others are kept.</summary>
internal sealed class LineNumbers
{
    /// <summary>Bars from Index on come from Line and those behind it.</summary>
    private readonly List<(int Index, int Line)> _runs = [];
    private int _count;
    private int _next = -1;

    /// <summary>The line of a bar.</summary>
    public int this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count, nameof(index));
            var (low, high) = (0, _runs.Count);
            while (high - low > 1)
            {
                var middle = low + ((high - low) >> 1);
                (low, high) = _runs[middle].Index <= index ? (middle, high) : (low, middle);
            }

            return _runs[low].Line + index - _runs[low].Index;
        }
    }

    /// <summary>The next bars come from <paramref name="line"/> and the lines behind it.</summary>
    public void Add(int line, int bars = 1)
    {
        if (line != _next)
        {
            _runs.Add((_count, line));
        }

        _count += bars;
        _next = line + bars;
    }
}
