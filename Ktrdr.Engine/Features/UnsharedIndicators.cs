using System.Buffers;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Features;

/// <summary>
/// Computes the indicators of one plan for one stream alone, into borrowed memory: fresh memory costs more than most indicators do. Outputs that no column reads are written over by the
/// next node. The arrays may be longer than the series; what lies behind it is undefined.
/// </summary>
internal sealed class UnsharedIndicators(FeaturePlan plan) : IDisposable
{
    private readonly List<double[]> _borrowed = [];
    private readonly List<double[]> _unread = [];

    /// <summary>The outputs of a node; of those that no column reads, the contents last until the next call.</summary>
    public double[][] Compute(IndicatorNode node, BarSeries bars)
    {
        var outputs = new double[node.Type.Outputs.Count][];
        var unreadBefore = 0;
        for (var o = 0; o < outputs.Length; o++)
        {
            outputs[o] = IsRead(node, o) ? Borrow(bars.Count) : Unread(unreadBefore++, bars.Count);
        }

        node.Type.Compute(bars, node.Arguments, outputs);
        return outputs;
    }

    /// <summary>Hands the memory back: no output may be read any more.</summary>
    public void Dispose()
    {
        _borrowed.ForEach(memory => ArrayPool<double>.Shared.Return(memory));
        _borrowed.Clear();
        _unread.Clear();
    }

    private bool IsRead(IndicatorNode node, int output) => plan.Columns.Any(c => c.Output == output && ReferenceEquals(plan.Nodes[c.Node], node));

    private double[] Unread(int index, int length)
    {
        if (index == _unread.Count)
        {
            _unread.Add(Borrow(length));
        }
        else if (_unread[index].Length < length)
        {
            _unread[index] = Borrow(length);
        }

        return _unread[index];
    }

    private double[] Borrow(int length)
    {
        _borrowed.Add(ArrayPool<double>.Shared.Rent(length));
        return _borrowed[^1];
    }
}
