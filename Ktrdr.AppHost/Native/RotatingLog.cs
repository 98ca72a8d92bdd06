using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ktrdr.AppHost.Native;

/// <summary>
/// One process's log file: at its largest size it becomes <c>.1</c> (the one before is dropped) and a new one begins.
/// Lines that a full disk does not take are counted and dropped: a log must never hold up the process that writes it.
/// </summary>
public sealed class RotatingLog : IDisposable
{
    private readonly Lock _gate = new();
    private readonly long _maxBytes;
    private readonly Func<string, Stream> _open;
    private Stream? _stream;
    private bool _disposed;
    private long _written;
    private long _dropped;
    private string? _lastOutput;
    private string? _lastError;

    public RotatingLog(string path, long maxBytes = 10_000_000)
        : this(path, maxBytes, OpenToAppend)
    {
    }

    /// <param name="open">Gives the file to append to; anything it writes must be on its way when the write returns.</param>
    internal RotatingLog(string path, long maxBytes, Func<string, Stream> open)
    {
        Path = path;
        _maxBytes = maxBytes;
        _open = open;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        Open();
    }

    public string Path { get; }

    /// <summary>The last line that says something to a person: not blank and no stack frame; of the error output, where there is any.</summary>
    public string? LastLine => (_lastError ?? _lastOutput) is { } line ? Readable(line) : null;

    /// <summary>Our services log JSON: its message and the first line of its exception, without the frames.</summary>
    private static string Readable(string line)
    {
        if (!line.StartsWith('{'))
        {
            return line;
        }

        try
        {
            using var entry = JsonDocument.Parse(line);
            var message = entry.RootElement.TryGetProperty("Message", out var said) ? said.GetString() : null;
            var cause = entry.RootElement.TryGetProperty("Exception", out var thrown) ? thrown.GetString()?.Split('\n')[0].Trim() : null;
            return string.Join(": ", new[] { message, cause }.Where(part => !string.IsNullOrEmpty(part))) is { Length: > 0 } text ? text.ReplaceLineEndings(" ") : line;
        }
        catch (JsonException)
        {
            // Cut short by the end of the process: better as it is than not at all.
            return line;
        }
    }

    /// <param name="isError">Whether it comes from the error output.</param>
    public void WriteLine(string line, bool isError = false)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            if (!string.IsNullOrWhiteSpace(line) && !line.StartsWith("   at ", StringComparison.Ordinal) && !line.StartsWith("---", StringComparison.Ordinal))
            {
                (isError ? ref _lastError : ref _lastOutput) = line.Trim();
            }

            try
            {
                Append(line);
            }
            catch (Exception full) when (full is IOException or UnauthorizedAccessException)
            {
                _dropped++;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stream?.Dispose();
            _stream = null;
            _disposed = true;
        }
    }

    private void Append(string line)
    {
        if (_written > _maxBytes)
        {
            _stream?.Dispose();
            _stream = null;
            File.Move(Path, $"{Path}.1", overwrite: true);
            _written = 0;
        }

        if (_stream is null)
        {
            Open();
        }

        if (_dropped > 0)
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"({_dropped} lines are missing here: they could not be written)"));
            _dropped = 0;
        }

        Write(line);
    }

    private void Write(string line)
    {
        var bytes = Encoding.UTF8.GetBytes($"{line}\n");
        _stream!.Write(bytes);
        _written += bytes.Length;
    }

    private void Open()
    {
        _stream = _open(Path);
        _written = _stream.Length;
    }

    /// <summary>Without a buffer: what a full disk refused must not stay behind to be refused again with every line that follows.</summary>
    private static FileStream OpenToAppend(string path) => new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
}
