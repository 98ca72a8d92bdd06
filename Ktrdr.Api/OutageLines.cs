namespace Ktrdr.Api;

/// <summary>Lets one line of an outage through at once and then one in half a minute: what is refused ten times a second must not fill the log of a disk that is full already.</summary>
internal sealed class OutageLines(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private long? _said;
    private int _kept;

    /// <summary>Null where the line is to be kept back; else how many were since the last one.</summary>
    public int? Next()
    {
        lock (_lock)
        {
            if (_said is { } said && time.GetElapsedTime(said) < Interval)
            {
                _kept++;
                return null;
            }

            var kept = _kept;
            (_said, _kept) = (time.GetTimestamp(), 0);
            return kept;
        }
    }
}
