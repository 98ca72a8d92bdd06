using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Ktrdr.Contracts.Operations;

namespace Ktrdr.Cli.Commands;

/// <summary>Bar files on this machine: read for upload, and written whole or not at all.</summary>
internal static class BarFile
{
    private const int LargestText = 24 << 20;

    /// <summary>The text of a CSV, unpacked if it is gzip.</summary>
    public static async Task<string> ReadTextAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = Open(path);
        try
        {
            await using Stream content = IsGzip(file) ? new GZipStream(file, CompressionMode.Decompress) : file;
            return await ReadBoundedAsync(content, path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidDataException or DecoderFallbackException)
        {
            throw new UsageException($"'{path}' cannot be read as CSV: {error.Message}");
        }
    }

    /// <summary>Stops at the largest text that the service takes in a request: a packed file may unpack to anything.</summary>
    private static async Task<string> ReadBoundedAsync(Stream content, string path, CancellationToken cancellationToken)
    {
        var text = new MemoryStream();
        var part = new byte[1 << 16];
        for (int read; (read = await content.ReadAsync(part, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            if (text.Length + read > LargestText)
            {
                throw new UsageException($"'{path}' holds more than {LargestText} bytes of text: import it with `ktrdr data import`, or take fewer rows.");
            }

            text.Write(part, 0, read);
        }

        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text.GetBuffer().AsSpan(0, (int)text.Length).TrimStart("\uFEFF"u8));
    }

    public static FileStream Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new UsageException($"'{path}' is a folder: a CSV file is needed, plain or gzipped.");
        }

        return File.Exists(path) ? File.OpenRead(path) : throw new UsageException($"the file '{path}' does not exist.");
    }

    /// <summary>A file small enough to be put as an artifact.</summary>
    public static FileStream OpenForUpload(string path)
    {
        var file = Open(path);
        if (file.Length <= ArtifactLimits.LargestBytes)
        {
            return file;
        }

        var length = file.Length;
        file.Dispose();
        throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"'{path}' has {length} bytes: at most {ArtifactLimits.LargestBytes} can be imported; gzip it, or cut it into ranges of time."));
    }

    public static async Task<string> HashAsync(Stream file, CancellationToken cancellationToken)
    {
        var hash = await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false);
        file.Position = 0;
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Replaces the file in one step: nothing half-written is ever seen.</summary>
    public static async Task WriteTextAsync(string path, string text, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            throw new UsageException($"the folder of '{path}' does not exist.");
        }

        var next = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}");
        try
        {
            await File.WriteAllTextAsync(next, text, cancellationToken).ConfigureAwait(false);
            File.Move(next, path, overwrite: true);
        }
        finally
        {
            File.Delete(next);
        }
    }

    private static bool IsGzip(FileStream file)
    {
        Span<byte> magic = stackalloc byte[2];
        var read = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        file.Position = 0;
        return read == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    }
}
