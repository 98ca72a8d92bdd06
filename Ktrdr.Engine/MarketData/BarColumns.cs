using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.MarketData;

/// <summary>Bars while they are being read: columns with room, and the line each came from.</summary>
internal sealed class BarColumns(int capacity)
{
    public long[] Times = ColumnMemory.Allocate<long>(capacity);
    public double[] Open = ColumnMemory.Allocate<double>(capacity);
    public double[] High = ColumnMemory.Allocate<double>(capacity);
    public double[] Low = ColumnMemory.Allocate<double>(capacity);
    public double[] Close = ColumnMemory.Allocate<double>(capacity);
    public double[] Volume = ColumnMemory.Allocate<double>(capacity);

    public int Count { get; set; }

    /// <summary>Of text, one of each bar.</summary>
    public LineNumbers Rows { get; private set; } = new();

    /// <summary>Leaves out the bars that are marked.</summary>
    public void Remove(bool[] marked)
    {
        var (kept, rows) = (0, new LineNumbers());
        for (var i = 0; i < Count; i++)
        {
            if (!marked[i])
            {
                (Times[kept], Open[kept], High[kept], Low[kept], Close[kept], Volume[kept]) = (Times[i], Open[i], High[i], Low[i], Close[i], Volume[i]);
                rows.Add(Rows[i]);
                kept++;
            }
        }

        (Count, Rows) = (kept, rows);
    }

    public BarSeries ToSeries(string symbol, Timeframe timeframe)
    {
        if (Count != Times.Length)
        {
            Array.Resize(ref Times, Count);
            Array.Resize(ref Open, Count);
            Array.Resize(ref High, Count);
            Array.Resize(ref Low, Count);
            Array.Resize(ref Close, Count);
            Array.Resize(ref Volume, Count);
        }

        return new BarSeries(symbol, timeframe, Times, Open, High, Low, Close, Volume);
    }
}
