namespace Ktrdr.AppHost.Native;

/// <summary>How long to wait before a process that ended by itself is started again: doubling from a fifth of a second to ten seconds, from the start again after a long run.</summary>
public sealed class RestartBackoff
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>A process that ran this long was well; its end is a new trouble, not the old one.</summary>
    public static readonly TimeSpan HealthyRun = TimeSpan.FromSeconds(30);

    private TimeSpan _next = First;

    public TimeSpan Next(TimeSpan ranFor)
    {
        if (ranFor >= HealthyRun)
        {
            _next = First;
        }

        var wait = _next;
        _next = wait * 2 < Longest ? wait * 2 : Longest;
        return wait;
    }
}
