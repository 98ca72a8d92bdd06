using System.Net;

namespace Ktrdr.Contracts.Client;

/// <summary>A refused or failed call, the same in both editions.</summary>
public sealed class KtrdrApiException : Exception
{
    public KtrdrApiException(HttpStatusCode status, ApiProblem problem)
        : base(problem.Title)
    {
        Status = status;
        Problem = problem;
    }

    /// <summary>No answer at all: the service is down or unreachable.</summary>
    public KtrdrApiException(string message, Exception inner)
        : base(message, inner)
        => Problem = new ApiProblem(message, 0, ErrorCodes.Unavailable);

    /// <summary>Null when there was no answer.</summary>
    public HttpStatusCode? Status { get; }

    public ApiProblem Problem { get; }

    public string Code => Problem.Code;
}
