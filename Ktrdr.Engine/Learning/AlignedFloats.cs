using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// Zero-filled floats at a 64-byte boundary that never move, so that kernels may hold pointers into them.
/// Owned by the garbage collector: whoever uses <see cref="Pointer"/> keeps a reference to the object.
/// </summary>
internal sealed unsafe class AlignedFloats
{
    private const int Alignment = 64;

    private readonly float[] _storage;
    private readonly int _offset;

    public AlignedFloats(int length)
    {
        Length = length;
        _storage = GC.AllocateArray<float>(length + (Alignment / sizeof(float)), pinned: true);
        var address = (nuint)Unsafe.AsPointer(ref _storage[0]);
        _offset = (int)((Alignment - (address % Alignment)) % Alignment / sizeof(float));
        Pointer = (float*)Unsafe.AsPointer(ref _storage[_offset]);
    }

    public int Length { get; }

    /// <summary>Kept, because a single row's prediction is short enough to feel it being found out again. The storage is pinned for as long as it lives.</summary>
    public float* Pointer { get; }

    public Span<float> Span => _storage.AsSpan(_offset, Length);

    public void CopyFrom(AlignedFloats source) => source.Span.CopyTo(Span);
}
