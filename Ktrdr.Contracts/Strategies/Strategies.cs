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
}

public sealed record StrategySummary(string Name, int Version, string Hash, string? Description, string Author, DateTimeOffset CreatedAt);

/// <summary>Body of <c>POST /strategies</c> and <c>/strategies/validate</c>.</summary>
public sealed record StrategyDocumentRequest(string Document)
{
    public bool Lenient { get; init; }
}

public sealed record ValidationReport(bool Valid, string? Name, string? Hash, IReadOnlyList<DocumentProblem> Problems)
{
    public IReadOnlyList<string> Features { get; init; } = [];
}
