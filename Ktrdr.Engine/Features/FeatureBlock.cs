using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ktrdr.Engine.Features;

/// <summary>A few rows being made: column by column, so that evaluation and checks run over consecutive values, then turned into rows in one go.</summary>
internal sealed class FeatureBlock : IDisposable
{
    /// <summary>Rows of a block; with thirty columns it stays in the first-level cache.</summary>
    public const int Rows = 128;

    /// <summary>Columns lie a little further apart than their length, or all of them would fall into the same few cache lines.</summary>
    private const int Stride = Rows + 16;

    private const int ExponentBits = 0x7F800000;

    private readonly int _columns;
    private readonly float[] _values;
    private readonly double[] _gathered = new double[Rows];
    private readonly int[] _finite = new int[Rows];

    public FeatureBlock(int columns)
    {
        _columns = columns;
        _values = ArrayPool<float>.Shared.Rent(columns * Stride);
    }

    public void Dispose() => ArrayPool<float>.Shared.Return(_values);

    /// <summary>Evaluates every column from row <paramref name="start"/> on.</summary>
    /// <param name="sources">One per column.</param>
    /// <param name="scales">One per column, null for those that stay as they are.</param>
    /// <param name="start">First row.</param>
    /// <param name="count">Rows, at most <see cref="Rows"/>.</param>
    public void Evaluate(ColumnSource[] sources, (double Offset, double Scale)?[] scales, int start, int count)
    {
        Array.Fill(_finite, -1);
        for (var c = 0; c < _columns; c++)
        {
            var column = _values.AsSpan(c * Stride, Rows);
            sources[c].Evaluate(start, _gathered, column[..count]);
            MarkFinite(column);
            if (scales[c] is var (offset, scale))
            {
                foreach (ref var value in column[..count])
                {
                    value = FeatureScale.Apply(value, offset, scale);
                }
            }
        }
    }

    /// <summary>Writes the evaluated rows; a row is ready where it has been and all its values were finite before they were scaled.</summary>
    public void Write(Span<float> rows, Span<bool> ready)
    {
        ref var source = ref MemoryMarshal.GetArrayDataReference(_values);
        for (var row = 0; row < ready.Length; row++)
        {
            ready[row] &= _finite[row] != 0;
            ref var target = ref MemoryMarshal.GetReference(rows.Slice(row * _columns, _columns));
            ref var from = ref Unsafe.Add(ref source, row);
            for (var c = 0; c < _columns; c++)
            {
                Unsafe.Add(ref target, c) = Unsafe.Add(ref from, c * Stride);
            }
        }
    }

    /// <summary>A float whose exponent bits are all set is NaN or infinite. What lies behind the last row is checked too and never used.</summary>
    private void MarkFinite(ReadOnlySpan<float> column)
    {
        var values = MemoryMarshal.Cast<float, int>(column);
        var exponent = new Vector<int>(ExponentBits);
        for (var i = 0; i < Rows; i += Vector<int>.Count)
        {
            var infinite = Vector.Equals(new Vector<int>(values[i..]) & exponent, exponent);
            Vector.AndNot(new Vector<int>(_finite, i), infinite).CopyTo(_finite, i);
        }
    }
}
