namespace Ktrdr.Contracts.Operations;

/// <summary>Result of an operation that ran another one again from the same inputs.</summary>
/// <param name="Reproduces">The operation that was run again.</param>
/// <param name="IsEqual">Whether both results have the same hash, that is the same bits.</param>
/// <param name="ExpectedHash">Result hash of the first run.</param>
/// <param name="ResultHash">Result hash of this run.</param>
/// <param name="Differences">Where the results differ, at most <see cref="MostDifferences"/>; empty where they are equal.</param>
public sealed record Reproduction(string Reproduces, bool IsEqual, string ExpectedHash, string ResultHash, IReadOnlyList<ResultDifference> Differences)
{
    public const int MostDifferences = 20;

    /// <summary>Version and build of the engine that computed the first result; null where that was not recorded.</summary>
    public string? FirstEngineBuild { get; init; }

    /// <summary>Of the engine that computed it again.</summary>
    public string? EngineBuild { get; init; }

    /// <summary>Whether the bits are the same and by which engines, in a line.</summary>
    public string Summary => (IsEqual ? "same bits" : "differs") + (FirstEngineBuild, EngineBuild) switch
    {
        (null, null) => "; engine build of neither run recorded",
        (null, { } now) => $"; engine build then not recorded, {now} now",
        ({ } then, null) => $"; engine build {then} then, not recorded now",
        ({ } then, { } now) when then != now => $"; engine build {then} then, {now} now",
        ({ } both, _) => $"; the same engine build {both}",
    };
}

/// <param name="Path">Place in the result, such as <c>metrics.sharpe</c>.</param>
/// <param name="First">What the first run had there, as JSON; null where it had nothing.</param>
/// <param name="Again">What this run has there, as JSON; null where it has nothing.</param>
public sealed record ResultDifference(string Path, string? First, string? Again);
