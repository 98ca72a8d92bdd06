using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ktrdr.Engine.Numerics;

/// <summary>
/// Memory of long columns. The first write to each page of fresh memory costs a page fault, in all twice what a simple indicator takes to fill it; on
/// Linux the kernel is asked to back long arrays with large pages where it can, which makes one fault out of five hundred.
/// </summary>
internal static unsafe class ColumnMemory
{
    private const int LargePage = 1 << 21;

    /// <summary>Shorter arrays are not worth the question.</summary>
    private const int Shortest = 1 << 18;

    /// <summary>MADV_HUGEPAGE of Linux.</summary>
    private const int UseLargePages = 14;

    private static volatile bool _canAsk = OperatingSystem.IsLinux();

    /// <summary>A new array. Its content is arbitrary: the caller writes every element that is read.</summary>
    public static T[] Allocate<T>(int length)
        where T : unmanaged
    {
        var column = GC.AllocateUninitializedArray<T>(length);
        if ((long)length * sizeof(T) >= Shortest && _canAsk)
        {
            Advise(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(column)), (nuint)length * (nuint)sizeof(T));
        }

        return column;
    }

    /// <summary>
    /// Up to the borders of the large pages it lies in, which columns beside it share. A wish, not a need: what the kernel answers does not matter, and a system whose C library is of another
    /// name or has no such call is not asked again.
    /// </summary>
    private static void Advise(ref byte start, nuint bytes)
    {
        fixed (byte* p = &start)
        {
            var first = (nuint)p & ~(nuint)(LargePage - 1);
            var end = ((nuint)p + bytes + LargePage - 1) & ~(nuint)(LargePage - 1);
            try
            {
                _ = AdviseMemory((void*)first, end - first, UseLargePages);
            }
            catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
            {
                _canAsk = false;
            }
        }
    }

    [DllImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int AdviseMemory(void* start, nuint length, int advice);
}
