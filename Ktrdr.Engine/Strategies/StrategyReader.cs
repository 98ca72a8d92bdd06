namespace Ktrdr.Engine.Strategies;

/// <summary>What reading a document gave.</summary>
/// <param name="Document">Null where there is any error.</param>
/// <param name="Problems">Errors and warnings in document order.</param>
public sealed record StrategyReading(StrategyDocument? Document, IReadOnlyList<Problem> Problems)
{
    public IEnumerable<Problem> Errors => Problems.Where(p => p.Severity == ProblemSeverity.Error);

    public IEnumerable<Problem> Warnings => Problems.Where(p => p.Severity == ProblemSeverity.Warning);
}

/// <summary>
/// Reads strategy documents in grammar v3, from YAML or JSON, strictly: what is not known, not allowed or not implemented is a problem with its path, line and
/// value, what is allowed, and the nearest known name. All problems of a document are found in one pass.
/// </summary>
public static class StrategyReader
{
    /// <summary>Reads and checks a document.</summary>
    /// <param name="text">YAML or JSON, at most 1 MB.</param>
    /// <param name="lenient">Unknown keys become warnings and are ignored; everything else stays an error.</param>
    public static StrategyReading Read(string text, bool lenient = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var problems = new List<Problem>();
        var root = DocumentParser.Parse(text, problems);
        if (root is null)
        {
            return new StrategyReading(null, problems);
        }

        var context = new ReadingContext(problems, lenient);
        var document = RootReader.Read(root, context);
        return new StrategyReading(context.HasErrors ? null : document, context.InOrder());
    }

    /// <summary>Reads a document that must be right.</summary>
    /// <exception cref="InvalidInputException">There are errors; it carries all of them.</exception>
    public static StrategyDocument Parse(string text, bool lenient = false)
    {
        var reading = Read(text, lenient);
        return reading.Document ?? throw new InvalidInputException(reading.Errors.ToArray());
    }
}
