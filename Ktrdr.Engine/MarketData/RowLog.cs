namespace Ktrdr.Engine.MarketData;

/// <summary>
/// Collects what is wrong with rows (an error with the first <see cref="ListedProblems"/> and the count) and what is worth knowing about them
/// (findings, the first <see cref="ListedFindings"/> of a kind one by one, the rest as one).
/// </summary>
internal sealed class RowLog
{
    public const int ListedProblems = 20;
    public const int ListedFindings = 100;

    private readonly List<Problem> _problems = [];
    private readonly List<DataFinding> _findings = [];
    private readonly SortedDictionary<string, (int Count, int Row, FindingSeverity Severity)> _unlisted = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _listed = new(StringComparer.Ordinal);

    public int ProblemCount { get; private set; }

    /// <summary>Notes a row that is not as it must be; true where the policy says to leave it out or to reject the file, false where it stays.</summary>
    public bool Leaves(PolicyAction action, string code, int row, string message, string? value = null, string? allowed = null)
    {
        switch (action)
        {
            case PolicyAction.Reject:
                Reject(code, row, message, value, allowed);
                return true;
            case PolicyAction.Drop:
                Find("dropped_" + code, row, $"row {row} was left out: {message}", FindingSeverity.Warning);
                return true;
            default:
                Find(code, row, $"row {row}: {message}", FindingSeverity.Warning);
                return false;
        }
    }

    public void Reject(string code, int row, string message, string? value = null, string? allowed = null)
    {
        ProblemCount++;
        if (_problems.Count < ListedProblems)
        {
            _problems.Add(new Problem(code, $"row {row}", $"row {row}: {message}{(allowed is null ? "" : $"; allowed: {allowed}")}")
            {
                Line = row,
                Value = value,
                Allowed = allowed,
            });
        }
    }

    /// <summary>Notes one row.</summary>
    public void Find(string code, int row, string message, FindingSeverity severity)
    {
        var count = _listed.GetValueOrDefault(code);
        if (count < ListedFindings)
        {
            _listed[code] = count + 1;
            _findings.Add(new DataFinding(code, row, message, severity));
            return;
        }

        _unlisted[code] = _unlisted.TryGetValue(code, out var rest) ? (rest.Count + 1, rest.Row, severity) : (1, row, severity);
    }

    /// <summary>Notes many rows as one finding.</summary>
    public void FindAll(string code, int firstRow, int count, string message, FindingSeverity severity)
        => _findings.Add(new DataFinding(code, firstRow, message, severity) { Count = count });

    /// <exception cref="InvalidInputException">At least one row was rejected.</exception>
    public void ThrowIfRejected(string? hint = null)
    {
        if (ProblemCount == 0)
        {
            return;
        }

        var all = new List<Problem>(_problems);
        if (ProblemCount > _problems.Count)
        {
            all.Add(new Problem("more_problems", "file", $"{ProblemCount} problems in all, the first {_problems.Count} are listed") { Value = ProblemCount.ToString() });
        }

        if (hint is not null)
        {
            all.Add(new Problem("hint", "file", hint));
        }

        throw new InvalidInputException(all);
    }

    public IReadOnlyList<DataFinding> Findings()
    {
        foreach (var (code, rest) in _unlisted)
        {
            _findings.Add(new DataFinding(code, rest.Row, $"{Counted.Of(rest.Count, "more row")} like the {ListedFindings} listed, from row {rest.Row}", rest.Severity) { Count = rest.Count });
        }

        _unlisted.Clear();
        return [.. _findings.OrderBy(f => f.Row)];
    }
}
