using System.Collections.Concurrent;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace Ktrdr.Engine.MarketData;

/// <summary>
/// The columns of a bar file in the page cache. Mappings are kept for the life of the process, one per file as it was written: spans into them cannot
/// outlive them, and what is not looked at costs addresses, not memory. The checksum is verified when a mapping is made: nothing on the disk is taken at
/// its word, since a disk can change bytes and leave a file's length and time as they are.
/// </summary>
internal sealed unsafe class MappedColumns
{
    private const int LongestHeader = 4096;
    private const int HashedAtOnce = 1 << 20;

    private static readonly ConcurrentDictionary<string, Lazy<(MappedColumns, BarHeader)>> Mapped = new();

    private readonly byte* _columns;

    private MappedColumns(byte* columns, int count)
    {
        _columns = columns;
        Count = count;
    }

    public int Count { get; }

    public ReadOnlySpan<long> Times(int start, int count) => new((long*)_columns + start, count);

    /// <param name="column">1 to 5: open, high, low, close, volume.</param>
    /// <param name="start">First bar.</param>
    /// <param name="count">Bars.</param>
    public ReadOnlySpan<double> Column(int column, int start, int count) => new((double*)_columns + (long)column * Count + start, count);

    /// <exception cref="InvalidInputException">The file is no bar file, or damaged.</exception>
    public static (MappedColumns Columns, BarHeader Header) Open(string path)
    {
        if (!BitConverter.IsLittleEndian)
        {
            throw new PlatformNotSupportedException("bar files are mapped on little-endian machines only; read them with BarSeries.FromBytes");
        }

        var file = new FileInfo(path);
        var key = string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}");
        var entry = Mapped.GetOrAdd(key, _ => new Lazy<(MappedColumns, BarHeader)>(() => Map(file)));
        try
        {
            return entry.Value;
        }
        catch
        {
            // The next file of that name may be sound, and what the disk refused now it may give later.
            Mapped.TryRemove(new(key, entry));
            throw;
        }
    }

    private static (MappedColumns, BarHeader) Map(FileInfo file)
    {
        if (file.Length == 0)
        {
            throw new InvalidInputException(new Problem("not_bars", "bars", "the bar file is empty; allowed: what BarSeries.ToBytes wrote"));
        }

        var mapping = MemoryMappedFile.CreateFromFile(file.FullName, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        var view = mapping.CreateViewAccessor(0, file.Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
        try
        {
            var header = BarSeriesFormat.ReadHeader(new ReadOnlySpan<byte>(start, (int)Math.Min(file.Length, LongestHeader)), file.Length);
            Verify(start, file.Length, (long*)(start + header.Length), header.Count);
            return (new MappedColumns(start + header.Length, header.Count), header);
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            mapping.Dispose();
            throw;
        }
    }

    private static void Verify(byte* start, long length, long* times, int count)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var content = length - BarSeriesFormat.ChecksumLength;
        for (var at = 0L; at < content; at += HashedAtOnce)
        {
            hash.AppendData(new ReadOnlySpan<byte>(start + at, (int)Math.Min(HashedAtOnce, content - at)));
        }

        if (!new ReadOnlySpan<byte>(start + content, BarSeriesFormat.ChecksumLength).SequenceEqual(hash.GetHashAndReset()))
        {
            throw BarSeriesFormat.Damaged();
        }

        if (TimeSteps.FirstNotAscending(new ReadOnlySpan<long>(times, count)) is var i && i < count)
        {
            throw new InvalidInputException(new Problem("unsorted", $"times[{i}]", $"times[{i}] = {times[i]} is not after times[{i - 1}] = {times[i - 1]}; bar times must ascend strictly"));
        }
    }
}
