using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// Which hidden units are dropped in one step: a hash of (seed, step, layer, row in the batch, unit), 16 bits per unit, so that no state is carried between
/// units and a resumed run drops the same ones. The rate is rounded to a multiple of 1/65536 and the scale 1/(1 − rate) uses the rounded rate.
/// </summary>
internal readonly struct DropoutStream
{
    private readonly uint _key;
    private readonly uint _tweak;
    private readonly uint _rowPitch;

    /// <param name="key">Derived from the run's seed for this purpose.</param>
    /// <param name="step">The optimiser step, counted over the whole run.</param>
    /// <param name="rowPitch">Counters per row: at least half of the widest layer's padded columns.</param>
    public DropoutStream(float rate, ulong key, long step, int rowPitch)
    {
        var dropped = (int)((rate * 65536f) + 0.5f);
        IsActive = dropped > 0;
        Threshold = dropped - 1;
        Scale = 65536f / (65536 - dropped);
        var mixed = Generator.Mix(key + Generator.Mix((ulong)step));
        _key = (uint)mixed;
        _tweak = (uint)(mixed >> 32);
        _rowPitch = (uint)rowPitch;
    }

    public bool IsActive { get; }

    /// <summary>A unit is kept if its 16 bits are greater than this.</summary>
    public int Threshold { get; }

    public float Scale { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<uint> Counter(int layer, int row)
        => Vector256.Create((((uint)layer << 28) ^ _key) + ((uint)row * _rowPitch)) + Vector256.Create(0u, 1, 2, 3, 4, 5, 6, 7);

    /// <summary>Two 16-bit draws per lane: the "lowbias32" hash (Wellons) with the step's second key word mixed in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<uint> Hash(Vector256<uint> counter)
    {
        var x = counter;
        x ^= Vector256.ShiftRightLogical(x, 16);
        x *= Vector256.Create(0x7FEB352Du);
        x ^= Vector256.ShiftRightLogical(x, 15);
        x += Vector256.Create(_tweak);
        x *= Vector256.Create(0x846CA68Bu);
        x ^= Vector256.ShiftRightLogical(x, 16);
        return x;
    }
}
