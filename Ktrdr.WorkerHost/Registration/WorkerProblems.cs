using System.Diagnostics;
using Ktrdr.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>Answers what goes wrong in the shape of the Api's own problems; a stack trace stays in the log.</summary>
internal sealed partial class WorkerProblems(RequestDelegate next, ILogger<WorkerProblems> logger)
{
    public static IResult Answer(int status, string code, string title)
        => Results.Json(new ApiProblem(title, status, code) { TraceId = Activity.Current?.TraceId.ToHexString() }, KtrdrJson.Options, "application/problem+json", status);

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (BadHttpRequestException malformed) when (!context.Response.HasStarted)
        {
            var title = malformed.InnerException is { } inner ? $"{malformed.Message} {inner.Message}" : malformed.Message;
            await Answer(malformed.StatusCode, ErrorCodes.InvalidField, title).ExecuteAsync(context).ConfigureAwait(false);
        }
        catch (Exception failure) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            LogFailed(failure, context.Request.Method, context.Request.Path);
            await Answer(StatusCodes.Status500InternalServerError, ErrorCodes.Internal, "An error of ours; the worker's log has the details.").ExecuteAsync(context).ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed.")]
    private partial void LogFailed(Exception failure, string method, string path);
}
