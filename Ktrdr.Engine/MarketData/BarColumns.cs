namespace Ktrdr.Engine.MarketData;

/// <summary>Bars while they are being read: columns with room, and the line each came from.</summary>
internal sealed class BarColumns(int capacity)
{
    public long[] Times = GC.AllocateUninitializedArray<long>(capacity);
    public double[] Open = GC.AllocateUninitializedArray<double>(capacity);
    public double[] High = GC.AllocateUninitializedArray<double>(capacity);
    public double[] Low = GC.AllocateUninitializedArray<double>(capacity);
    public double[] Close = GC.AllocateUninitializedArray<double>(capacity);
    public double[] Volume = GC.AllocateUninitializedArray<double>(capacity);
    public int[] Rows = GC.AllocateUninitializedArray<int>(capacity);

    public int Count { get; set; }

    /// <summary>Leaves out the bars that are marked.</summary>
    public void Remove(bool[] marked)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (!marked[i])
            {
                (Times[kept], Open[kept], High[kept], Low[kept], Close[kept], Volume[kept], Rows[kept]) =
                    (Times[i], Open[i], High[i], Low[i], Close[i], Volume[i], Rows[i]);
                kept++;
            }
        }

        Count = kept;
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
