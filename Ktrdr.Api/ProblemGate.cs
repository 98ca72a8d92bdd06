using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ktrdr.Contracts;
using Ktrdr.Engine;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Ktrdr.Api;

/// <summary>Turns every refusal and every fault into a problem+json answer. A stack trace goes to the log and never to the caller.</summary>
internal sealed partial class ProblemGate(RequestDelegate next, ILogger<ProblemGate> logger)
{
    private readonly OutageLines _lines = new(TimeProvider.System);

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            CheckQuery(context.Request);
            BodyRefusal.Keep(context.Request);
            await next(context);
            if (!context.Response.HasStarted && context.Response is { StatusCode: >= 400, ContentLength: null, ContentType: null })
            {
                await WriteAsync(context, Bare(context));
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller went away: there is nobody to answer.
            context.Response.StatusCode = 499;
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, await TranslateAsync(context, error));
        }
    }

    /// <summary>No text that is asked for can hold what the database cannot store.</summary>
    private static void CheckQuery(HttpRequest request)
    {
        if (request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) == true
            && request.Query.FirstOrDefault(q => q.Key.Contains('\0', StringComparison.Ordinal) || q.Value.ToString().Contains('\0', StringComparison.Ordinal)) is { Key: not null } found)
        {
            throw ApiException.Invalid(ApiException.Shown(found.Key), found.Value.ToString(), BodyRefusal.StorableText);
        }
    }

    private static ApiException TooLarge(HttpContext context)
    {
        var most = context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        var allowed = most is null ? "a smaller one" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"at most {most} bytes");
        var length = context.Request.ContentLength is { } sent ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" of {sent} bytes") : "";
        return new ApiException(413, ErrorCodes.TooLarge, $"the body{length} is larger than this route takes; allowed: {allowed}") { Field = "body", Allowed = allowed };
    }

    private static ApiException Bare(HttpContext context) => context.Response.StatusCode switch
    {
        404 => new ApiException(404, ErrorCodes.NotFound, $"there is no route {context.Request.Method} {ApiException.Shown(context.Request.Path)}"),
        405 => new ApiException(405, ErrorCodes.NotFound, $"{context.Request.Path} has no method {context.Request.Method}"),
        413 => TooLarge(context),
        415 => new ApiException(415, ErrorCodes.InvalidField, $"content-type = {ApiException.Shown(context.Request.ContentType)} is not allowed; allowed: application/json") { Field = "content-type" },
        var status => new ApiException(status, ErrorCodes.InvalidField, $"{context.Request.Method} {context.Request.Path} was refused with status {status}"),
    };

    private async Task<ApiException> TranslateAsync(HttpContext context, Exception error)
    {
        switch (error)
        {
            case ApiException refusal:
                return refusal;
            case InvalidInputException invalid:
                return FromProblems(400, ErrorCodes.InvalidData, invalid.Problems);
            case BadHttpRequestException { StatusCode: 413 }:
                return TooLarge(context);
            case BadHttpRequestException { InnerException: JsonException json }:
                return await BodyRefusal.OfAsync(context.Request, json);
            case BadHttpRequestException request:
                return FromBinding(request);
            // Without a body it is something stored that is not understood: a fault of ours.
            case JsonException json when !HttpMethods.IsGet(context.Request.Method):
                return await BodyRefusal.OfAsync(context.Request, json);
            case PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter }:
            case DbUpdateException { InnerException: PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } }:
                return new ApiException(400, ErrorCodes.InvalidField, $"the body holds the character U+0000; allowed: {BodyRefusal.StorableText}") { Field = "body", Allowed = BodyRefusal.StorableText };
            case NpgsqlException or TimeoutException or DbUpdateException { InnerException: NpgsqlException } or InvalidOperationException { InnerException: NpgsqlException } when IsOutage(error):
                SayUnavailable(CauseOf(error));
                return new ApiException(503, ErrorCodes.Unavailable, "the database is not available at the moment; try again") { RetryAfter = TimeSpan.FromSeconds(1) };
            case IOException full when IsDiskFull(full):
                // An outage like the database's: workers keep what they have and send it again.
                SayUnavailable(full);
                return new ApiException(503, ErrorCodes.Unavailable, "the Api's disk is full; nothing is lost, what was sent can be sent again once there is room") { RetryAfter = TimeSpan.FromSeconds(5) };
            default:
                LogFault(error, context.Request.Method, context.Request.Path);
                return new ApiException(500, ErrorCodes.Internal, "something went wrong inside the Api; its log has the details under this trace id");
        }
    }

    /// <summary>ENOSPC and EDQUOT, or what Windows calls them.</summary>
    private static bool IsDiskFull(IOException error) => (error.HResult & 0xFFFF) is 28 or 122 or 112;

    private static bool IsOutage(Exception error)
    {
        return CauseOf(error) switch
        {
            PostgresException postgres => postgres.IsTransient || postgres.SqlState.StartsWith("57P", StringComparison.Ordinal) || postgres.SqlState.StartsWith("08", StringComparison.Ordinal) || postgres.SqlState.StartsWith("53", StringComparison.Ordinal),
            _ => true,
        };
    }

    /// <summary>The provider's own words: EF wraps them, also those that it would try again if we let it.</summary>
    private static Exception CauseOf(Exception error) => error is DbUpdateException or InvalidOperationException ? error.InnerException! : error;

    private void SayUnavailable(Exception cause)
    {
        if (_lines.Next() is { } kept)
        {
            LogUnavailable(cause.Message, kept);
        }
    }

    /// <summary>A document's or file's problems as one refusal: the first in the title, all of them in the list.</summary>
    public static ApiException FromProblems(int status, string code, IReadOnlyList<Problem> problems)
    {
        var first = problems.FirstOrDefault(p => p.Severity == ProblemSeverity.Error) ?? problems[0];
        var more = problems.Count(p => p.Severity == ProblemSeverity.Error) - 1;
        return new ApiException(status, code, more > 0 ? $"{first.Message} (and {more} more)" : first.Message)
        {
            Field = first.Path,
            Allowed = first.Allowed,
            Problems = [.. problems.Select(ToDocumentProblem)],
        };
    }

    public static DocumentProblem ToDocumentProblem(Problem problem) => new(problem.Code, problem.Path, problem.Message, KtrdrJson.Word(problem.Severity))
    {
        Value = problem.Value,
        Allowed = problem.Allowed,
        Suggestion = problem.Suggestion,
        Line = problem.Line,
    };

    private static ApiException FromBinding(BadHttpRequestException error)
    {
        // "Failed to bind parameter "DateTimeOffset? since" from "yesterday"." and "Required parameter "string stage" was not provided from query string."
        var quoted = DoubleQuoted().Matches(error.Message);
        if (quoted.Count > 0 && !error.Message.Contains("body", StringComparison.OrdinalIgnoreCase))
        {
            var parts = quoted[0].Groups[1].Value.Split(' ');
            var field = Contracts.KtrdrJson.Options.PropertyNamingPolicy!.ConvertName(parts[^1]);
            var type = parts[0].TrimEnd('?');
            var kind = (type.StartsWith("Nullable<", StringComparison.Ordinal) ? type["Nullable<".Length..^1] : type) switch
            {
                "DateTimeOffset" => "an ISO 8601 time such as 2024-01-31T00:00:00Z",
                "int" or "long" => "a whole number",
                "bool" => "true or false",
                _ => "a value",
            };
            return quoted.Count > 1
                ? ApiException.Invalid(field, quoted[1].Groups[1].Value, kind)
                : new ApiException(400, ErrorCodes.InvalidField, $"{field} is missing; allowed: {kind}") { Field = field, Allowed = kind };
        }

        return new ApiException(error.StatusCode, ErrorCodes.InvalidField, "the body is not a valid request: it is empty, cut short or not JSON") { Field = "body" };
    }

    private static async Task WriteAsync(HttpContext context, ApiException error)
    {
        var problem = new ApiProblem(error.Message, error.Status, error.Code)
        {
            Field = error.Field,
            Allowed = error.Allowed,
            Problems = error.Problems,
            TraceId = Activity.Current?.TraceId.ToHexString(),
        };
        context.Response.StatusCode = error.Status;
        if (error.RetryAfter is { } pause)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(pause.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsJsonAsync(problem, KtrdrJson.Options, "application/problem+json", context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFault(Exception error, string method, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "database or disk are not available: {Reason} ({Kept} more requests were refused since the last such line)")]
    private partial void LogUnavailable(string reason, int kept);

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex DoubleQuoted();
}
