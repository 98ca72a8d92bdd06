using System.Numerics;
using System.Runtime.CompilerServices;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>A list of unmanaged rows that never copies or clears what it holds: chunk k has room for 256 · 2^k rows.</summary>
internal sealed class Growable<T>
    where T : unmanaged
{
    private const int FirstChunkBits = 8;
    private const int Chunks = 23;

    private readonly T[]?[] _chunks = new T[Chunks][];
    private T[] _last = [];
    private int _room;
    private int _used;

    public int Count { get; private set; }

    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var shifted = (uint)index + (1 << FirstChunkBits);
            var chunk = BitOperations.Log2(shifted) - FirstChunkBits;
            return ref _chunks[chunk]![shifted - (1u << (chunk + FirstChunkBits))];
        }
    }

    /// <summary>A new last row. Its content is arbitrary: the caller writes every field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Add()
    {
        if (_used == _room)
        {
            Grow();
        }

        Count++;
        return ref _last[_used++];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        var chunk = BitOperations.Log2((uint)Count + (1 << FirstChunkBits)) - FirstChunkBits;
        _room = 1 << (chunk + FirstChunkBits);
        _last = ColumnMemory.Allocate<T>(_room);
        _chunks[chunk] = _last;
        _used = 0;
    }
}
