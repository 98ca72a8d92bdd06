namespace Ktrdr.Contracts.Strategies;

/// <summary>One stored version of a strategy document. Versions of a name count from 1; a document with a known hash is not stored twice.</summary>
public sealed record StrategyVersion
{
    public required string Name { get; init; }
    public required int Version { get; init; }

    /// <summary>SHA-256 of the canonical form without name and description.</summary>
    public required string Hash { get; init; }

    /// <summary>The document as YAML.</summary>
    public required string Document { get; init; }
    public string? Description { get; init; }
    public required string Author { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>The name in the document that was sent to be stored, where its content is known under another name already; else null.</summary>
    public string? KnownInsteadOf { get; init; }
}

public sealed record StrategySummary(string Name, int Version, string Hash, string? Description, string Author, DateTimeOffset CreatedAt);

/// <summary>Body of <c>POST /strategies</c> and <c>/strategies/validate</c>.</summary>
public sealed record StrategyDocumentRequest(string Document)
{
    public bool Lenient { get; init; }
}

/// <summary>What is wrong with a document: every error and warning at once.</summary>
public sealed record ValidationReport(bool Valid, string? Name, string? Hash, IReadOnlyList<DocumentProblem> Problems)
{
    /// <summary>strategy or ensemble: what the document was read as.</summary>
    public string Kind { get; init; } = "strategy";

    /// <summary>What the network sees, in order; none for an ensemble.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];
}

/// <summary>Body of <c>POST /strategies/diff</c>: two documents of the same kind.</summary>
public sealed record StrategyDiffRequest(string Before, string After);

/// <summary>What two documents do differently. With every default filled in: an equal meaning, written differently, is no difference.</summary>
/// <param name="Same">Whether they do the same, whatever they are called.</param>
public sealed record StrategyDifferences(bool Same, string BeforeHash, string AfterHash, IReadOnlyList<StrategyDifference> Differences);

/// <param name="Path">Place in the document, such as <c>indicators.rsi_14.period</c>.</param>
/// <param name="Before">As YAML would write it; null: it is not there.</param>
public sealed record StrategyDifference(string Path, string? Before, string? After);

/// <summary>A document brought to the present grammar.</summary>
/// <param name="Document">The new text, valid; null where errors stand in the way.</param>
public sealed record MigratedStrategy(string? Document, IReadOnlyList<MigratedKey> Changes, IReadOnlyList<DocumentProblem> Problems);

/// <param name="Line">In the text before, from 1.</param>
public sealed record MigratedKey(string Path, int Line, string What);
