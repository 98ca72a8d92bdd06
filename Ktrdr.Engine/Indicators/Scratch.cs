using System.Buffers;

namespace Ktrdr.Engine.Indicators;

/// <summary>Borrowed working memory of one computation: taken piece by piece, handed back at its end. Its contents are undefined at first.</summary>
internal ref struct Scratch(int length) : IDisposable
{
    private readonly double[] _memory = ArrayPool<double>.Shared.Rent(length);
    private int _used;

    public Span<double> Take(int count)
    {
        _used += count;
        return _memory.AsSpan(_used - count, count);
    }

    public readonly void Dispose() => ArrayPool<double>.Shared.Return(_memory);
}
