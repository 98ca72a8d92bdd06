namespace Ktrdr.Engine;

/// <summary>How much a <see cref="Problem"/> matters: an error stops the work, a warning is reported and the work goes on.</summary>
public enum ProblemSeverity
{
    Error,
    Warning,
}

/// <summary>One thing that is wrong with an input, said so that a person or an agent can mend it without reading our code.</summary>
/// <param name="Code">Stable machine-readable name in snake_case, for instance <c>unknown_indicator</c>.</param>
/// <param name="Path">What is wrong: a document path such as <c>indicators.rsi_14.period</c>, a field or a file's row.</param>
/// <param name="Message">One sentence for people; it repeats the value and what is allowed.</param>
public sealed record Problem(string Code, string Path, string Message)
{
    /// <summary>The offending value as written, if there is one.</summary>
    public string? Value { get; init; }

    /// <summary>What is allowed instead: a range, a list of names, a type.</summary>
    public string? Allowed { get; init; }

    /// <summary>The nearest known name, where the value looks like a slip of the pen.</summary>
    public string? Suggestion { get; init; }

    /// <summary>1-based line in the source text, if the input has lines.</summary>
    public int? Line { get; init; }

    public ProblemSeverity Severity { get; init; } = ProblemSeverity.Error;
}

/// <summary>Thrown where bad input cannot be reported as a list: carries every problem that was found, never only the first.</summary>
public sealed class InvalidInputException : Exception
{
    public InvalidInputException(params IReadOnlyList<Problem> problems)
        : base(problems.Count == 1 ? problems[0].Message : string.Join(Environment.NewLine, problems.Select(p => p.Message)))
        => Problems = problems;

    public IReadOnlyList<Problem> Problems { get; }
}
