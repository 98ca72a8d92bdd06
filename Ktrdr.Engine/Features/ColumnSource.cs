using System.Runtime.Intrinsics.X86;
using Ktrdr.Engine.Fuzzy;

namespace Ktrdr.Engine.Features;

/// <summary>Where the values of a column come from: an indicator's output seen through an alignment and a membership, or the finished values.</summary>
internal sealed class ColumnSource
{
    private const int DoublesPerCacheLine = 8;

    private readonly double[] _values;
    private readonly int[]? _alignment;
    private readonly MembershipFunction? _membership;
    private readonly SlopedMembership? _sloped;
    private readonly float[]? _finished;

    /// <param name="values">One per bar of the indicator's series.</param>
    /// <param name="alignment">Bar of that series per row, -1 for none; null where rows are its bars.</param>
    /// <param name="membership">Null: the value itself.</param>
    public ColumnSource(double[] values, int[]? alignment, MembershipFunction? membership)
    {
        (_values, _alignment, _membership) = (values, alignment, membership);
        _sloped = membership?.Sloped;
    }

    private ColumnSource(float[] finished) => (_values, _finished) = ([], finished);

    /// <summary>Finished values where they are smaller than what they are made of; only for a source whose values no other column shares.</summary>
    public ColumnSource Shrink(int rows)
    {
        if (_alignment is not null)
        {
            return this;
        }

        const int block = 512;
        Span<double> gathered = stackalloc double[block];
        var all = GC.AllocateUninitializedArray<float>(rows);
        for (var start = 0; start < rows; start += block)
        {
            Evaluate(start, gathered, all.AsSpan(start, Math.Min(block, rows - start)));
        }

        return new ColumnSource(all);
    }

    /// <summary>Whether both read the same stretch of memory.</summary>
    public bool SharesValues(ColumnSource other) => _finished is null && ReferenceEquals(_values, other._values);

    /// <summary>The first of the rows [0, <paramref name="rows"/>) that shows another bar in one than in the other; null where there is none.</summary>
    public static int? FirstOtherBar(ColumnSource one, ColumnSource other, int rows)
    {
        if (one._alignment is null || other._alignment is null)
        {
            return one._alignment is null && other._alignment is null ? null : 0;
        }

        var known = one._alignment.AsSpan(0, rows);
        var same = known.CommonPrefixLength(other._alignment.AsSpan(0, Math.Min(rows, other._alignment.Length)));
        return same < rows ? same : null;
    }

    /// <summary>Asks for the values of the rows from <paramref name="start"/> while there is still work to do: every column is another stretch of memory. Changes nothing.</summary>
    public unsafe void Prefetch(int start, int count)
    {
        if (!Sse.IsSupported || _alignment is not null || _finished is not null)
        {
            return;
        }

        fixed (double* from = _values.AsSpan(Math.Min(start, _values.Length)))
        {
            for (var i = 0; i < Math.Min(count, _values.Length - start); i += DoublesPerCacheLine)
            {
                Sse.Prefetch0(from + i);
            }
        }
    }

    /// <summary>Writes the rows from <paramref name="start"/>; <paramref name="gathered"/> is scratch at least as long as <paramref name="target"/>.</summary>
    public void Evaluate(int start, Span<double> gathered, Span<float> target)
    {
        if (_finished is not null)
        {
            _finished.AsSpan(start, target.Length).CopyTo(target);
            return;
        }

        scoped ReadOnlySpan<double> part;
        if (_alignment is null)
        {
            part = _values.AsSpan(start, target.Length);
        }
        else
        {
            for (var i = 0; i < target.Length; i++)
            {
                var at = _alignment[start + i];
                gathered[i] = at < 0 ? double.NaN : _values[at];
            }

            part = gathered[..target.Length];
        }

        if (_sloped is { } sides)
        {
            sides.Evaluate(part, target);
            return;
        }

        if (_membership is not null)
        {
            _membership.Evaluate(part, target);
            return;
        }

        for (var i = 0; i < target.Length; i++)
        {
            target[i] = (float)part[i];
        }
    }
}
