using Ktrdr.Contracts;
using Ktrdr.Engine;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker;

/// <summary>Input that the engine refuses becomes the operation's failure: one line, with what was wrong and what is allowed.</summary>
internal static class EngineFailures
{
    private const int ShownProblems = 3;

    public static OperationFailedException Of(InvalidInputException refused)
    {
        var shown = string.Join(" ", refused.Problems.Take(ShownProblems).Select(p => p.Message));
        var more = refused.Problems.Count > ShownProblems ? $" (and {refused.Problems.Count - ShownProblems} more)" : "";
        return new OperationFailedException(refused.Problems.Count > 0 ? refused.Problems[0].Code : ErrorCodes.InvalidField, shown.ReplaceLineEndings(" ") + more, refused)
        {
            Detail = string.Join(Environment.NewLine, refused.Problems.Select(p => $"{p.Path}: {p.Message}")),
            Suggestion = refused.Problems.Select(p => p.Suggestion).FirstOrDefault(s => s is not null),
        };
    }
}
