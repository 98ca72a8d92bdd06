namespace Ktrdr.AppHost;

/// <summary>How this program ends.</summary>
public static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Something did not start or a demo did not finish; one line on standard error says what.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong; nothing was started.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by a signal before a demo had finished.</summary>
    public const int Interrupted = 130;
}
