using System.Text;
using System.Text.Json;

namespace Ktrdr.AppHost.Native;

/// <summary>One process's log file: at its largest size it becomes <c>.1</c> (the one before is dropped) and a new one begins.</summary>
public sealed class RotatingLog : IDisposable
{
    private readonly Lock _gate = new();
    private readonly long _maxBytes;
    private StreamWriter? _writer;
    private long _written;
    private string? _lastOutput;
    private string? _lastError;

    public RotatingLog(string path, long maxBytes = 10_000_000)
    {
        Path = path;
        _maxBytes = maxBytes;
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
            if (_writer is null)
            {
                return;
            }

            if (!string.IsNullOrWhiteSpace(line) && !line.StartsWith("   at ", StringComparison.Ordinal) && !line.StartsWith("---", StringComparison.Ordinal))
            {
                (isError ? ref _lastError : ref _lastOutput) = line.Trim();
            }

            if (_written > _maxBytes)
            {
                _writer.Dispose();
                File.Move(Path, $"{Path}.1", overwrite: true);
                Open();
            }

            _writer.WriteLine(line);
            _written += Encoding.UTF8.GetByteCount(line) + 1;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _writer?.Dispose();
            _writer = null;
        }
    }

    private void Open()
    {
        var stream = new FileStream(Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        _written = stream.Length;
        _writer = new StreamWriter(stream) { AutoFlush = true };
    }
}
