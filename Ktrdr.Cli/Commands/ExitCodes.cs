namespace Ktrdr.Cli.Commands;

/// <summary>What a script can rely on.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The operation failed or was cancelled, or the service refused the request.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a document or a file is wrong; nothing was started.</summary>
    public const int BadInput = 2;

    /// <summary>The service does not answer.</summary>
    public const int Unreachable = 3;

    /// <summary>Interrupted by Ctrl+C; the operation goes on.</summary>
    public const int Interrupted = 130;
}
