namespace Ktrdr.Engine.Strategies;

/// <summary>Collects what is wrong with a document while it is read.</summary>
internal sealed class ReadingContext(List<Problem> problems, bool lenient)
{
    /// <summary>What was found, in the order of the text.</summary>
    public IReadOnlyList<Problem> InOrder() => problems.Select((problem, index) => (problem, index)).OrderBy(p => p.problem.Line ?? 0).ThenBy(p => p.index).Select(p => p.problem).ToArray();

    public bool IsLenient => lenient;

    public int ErrorCount => problems.Count(p => p.Severity == ProblemSeverity.Error);

    /// <summary>Paths of keys that never have an effect, wherever they stand.</summary>
    public HashSet<string> Dead { get; } = new(StringComparer.Ordinal);

    /// <summary>A key that never had an effect: accepted, and said so.</summary>
    public void NeverHadEffect(int line, string path, string why)
    {
        Dead.Add(path);
        Warn(line, "no_effect", path, $"{path} has no effect: {why}.");
    }

    /// <summary>"3.0" or "3.1": what the document says it is.</summary>
    public string Version { get; set; } = "3.1";

    public bool HasErrors => problems.Exists(p => p.Severity == ProblemSeverity.Error);

    public void Report(int line, string code, string path, string message, string? value = null, string? allowed = null, string? suggestion = null, ProblemSeverity severity = ProblemSeverity.Error) =>
        problems.Add(new Problem(code, path, line > 0 ? $"line {line}: {message}" : message)
        {
            Line = line > 0 ? line : null,
            Value = value,
            Allowed = allowed,
            Suggestion = suggestion,
            Severity = severity,
        });

    public void ReportIf(bool wrong, int line, string code, string path, string message, string? allowed = null)
    {
        if (wrong)
        {
            Report(line, code, path, message, allowed: allowed);
        }
    }

    public void Warn(int line, string code, string path, string message, string? value = null) => Report(line, code, path, message, value, severity: ProblemSeverity.Warning);

    public void ReportUnknownKey(int line, string path, string key, IReadOnlyList<string> allowed, string? nearest) =>
        Report(
            line,
            "unknown_key",
            path,
            $"{path} is an unknown key{(nearest is null ? "" : $", did you mean {nearest}?")}{(nearest is null ? ";" : "")} allowed: {string.Join(", ", allowed)}.",
            Shorten(key),
            string.Join(", ", allowed),
            nearest,
            lenient ? ProblemSeverity.Warning : ProblemSeverity.Error);

    /// <summary>A word that is not among the available ones: unknown, or known to the grammar and not there yet.</summary>
    public void UnknownWord(int line, string path, string word, IReadOnlyList<string> available, IReadOnlyList<string> notImplemented, string code = "unknown_name", string? suggestion = null)
    {
        var list = string.Join(", ", available);
        if (notImplemented.Contains(word, StringComparer.Ordinal))
        {
            Report(line, "not_implemented", path, $"{path} is {word}, which is not implemented; available: {list}.", word, list);
            return;
        }

        var nearest = suggestion ?? NearestName.Among(word, available);
        Report(line, code, path, $"{path} is {Show(word)}{(nearest is null ? "" : $", did you mean {nearest}?")}{(nearest is null ? ";" : "")} allowed: {list}.", Shorten(word), list, nearest);
    }

    /// <summary>The first few of a list of names, and how many more there are.</summary>
    public static string Some(IReadOnlyList<string> names)
    {
        const int shown = 5;
        return string.Join(", ", names.Take(shown)) + (names.Count > shown ? $" and {names.Count - shown} more" : "");
    }

    /// <summary>A text in a message, also where there is nothing to see.</summary>
    public static string Show(string text) => text.Length == 0 ? "empty text" : string.IsNullOrWhiteSpace(text) ? "blank text" : Shorten(text);

    public static string Shorten(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= 60 ? line : $"{line[..57]}...";
    }
}
