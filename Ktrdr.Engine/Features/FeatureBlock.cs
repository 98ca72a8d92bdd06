using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Learning.Kernels;

namespace Ktrdr.Engine.Features;

/// <summary>A few rows being made: column by column, so that evaluation and checks run over consecutive values, then turned into rows in one go.</summary>
internal sealed class FeatureBlock : IDisposable
{
    /// <summary>Rows of a block; with thirty columns it stays in the first-level cache.</summary>
    public const int Rows = 128;

    /// <summary>Columns lie a little further apart than their length, or all of them would fall into the same few cache lines.</summary>
    private const int Stride = Rows + 16;

    /// <summary>Rows and columns that are turned at a time.</summary>
    private const int Side = 8;

    private const int Lanes = 8;

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
        for (var c = 0; c < _columns; c++)
        {
            // The memberships of one set stand side by side and read the same values.
            if (c == 0 || !sources[c].SharesValues(sources[c - 1]))
            {
                sources[c].Prefetch(start + Rows, Rows);
            }

            sources[c].Evaluate(start, _gathered, _values.AsSpan(c * Stride, count));
        }

        MarkFinite();
        for (var c = 0; c < _columns; c++)
        {
            if (scales[c] is var (offset, scale))
            {
                foreach (ref var value in _values.AsSpan(c * Stride, count))
                {
                    value = FeatureScale.Apply(value, offset, scale);
                }
            }
        }
    }

    /// <summary>Writes the evaluated rows; a row is ready where it has been and all its values were finite before they were scaled.</summary>
    public unsafe void Write(Span<float> rows, Span<bool> ready)
    {
        for (var row = 0; row < ready.Length; row++)
        {
            ready[row] &= _finite[row] != 0;
        }

        fixed (float* source = _values, target = rows[..(ready.Length * _columns)])
        {
            var inBlocks = _columns < Side ? 0 : ready.Length - (ready.Length % Side);
            for (var row = 0; row < inBlocks; row += Side)
            {
                for (var c = 0; c < _columns; c += Side)
                {
                    // The last block overlaps the one before: the same values are written twice.
                    var column = Math.Min(c, _columns - Side);
                    Transpose8.Run(source + (column * Stride) + row, Stride, target + (row * _columns) + column, _columns);
                }
            }

            for (var row = inBlocks; row < ready.Length; row++)
            {
                for (var c = 0; c < _columns; c++)
                {
                    target[(row * _columns) + c] = source[(c * Stride) + row];
                }
            }
        }
    }

    /// <summary>x − x is 0 for every finite x and NaN for all others. What lies behind the last row is checked too and never used.</summary>
    private void MarkFinite()
    {
        ref var values = ref MemoryMarshal.GetArrayDataReference(_values);
        for (var row = 0; row < Rows; row += 2 * Lanes)
        {
            var (zeros0, zeros1) = (Vector256<float>.Zero, Vector256<float>.Zero);
            for (var (c, at) = (0, (nuint)row); c < _columns; c++, at += Stride)
            {
                var (value0, value1) = (Vector256.LoadUnsafe(ref values, at), Vector256.LoadUnsafe(ref values, at + Lanes));
                zeros0 += value0 - value0;
                zeros1 += value1 - value1;
            }

            Vector256.Equals(zeros0, Vector256<float>.Zero).AsInt32().CopyTo(_finite, row);
            Vector256.Equals(zeros1, Vector256<float>.Zero).AsInt32().CopyTo(_finite, row + Lanes);
        }
    }
}
