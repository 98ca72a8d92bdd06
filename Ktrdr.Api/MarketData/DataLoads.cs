using System.Text.RegularExpressions;
using Ktrdr.Api.Models;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Microsoft.AspNetCore.Mvc;

namespace Ktrdr.Api.MarketData;

/// <summary>Accepts files and generated markets: they become a <c>data_load</c> operation, or a <c>data_check</c> that stores nothing.</summary>
internal static partial class DataLoads
{
    private const int FewestGenerated = 1_000;
    private const int MostGenerated = 1_000_000;

    private const double MostLagHours = 24 * 366;

    private static readonly string[] Providers = ["csv", "fred", "cftc_cot"];
    private static readonly string[] GeneratorKinds = ["null", "planted", "regimes"];

    public static Task<IResult> ImportAsync(
        ImportRequest request, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context,
        ArtifactStore artifacts, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
        => FileAsync(OperationTypes.DataLoad, "data/import", request, key, context, artifacts, operations, idempotency, cancellationToken);

    /// <summary>The same file and options, looked at and not stored.</summary>
    public static Task<IResult> CheckAsync(
        ImportRequest request, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context,
        ArtifactStore artifacts, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
        => FileAsync(OperationTypes.DataCheck, "data/check", request, key, context, artifacts, operations, idempotency, cancellationToken);

    private static async Task<IResult> FileAsync(
        string type, string scope, ImportRequest request, string? key, HttpContext context,
        ArtifactStore artifacts, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        CheckFile(request);
        if (await artifacts.FindAsync(request.Sha256, cancellationToken) is null)
        {
            throw ApiException.Invalid("sha256", request.Sha256, "the hash of a file that was put with PUT /api/v1/artifacts/{sha256} before");
        }

        return await AcceptAsync(type, scope, key, request, new DataLoadRequest { Import = request }, context, operations, idempotency, cancellationToken);
    }

    private static void CheckFile(ImportRequest request)
    {
        if (!Providers.Contains(request.Provider))
        {
            throw ApiException.Invalid("provider", request.Provider, string.Join(", ", Providers));
        }

        CheckMarket(request.Symbol, request.Timeframe);
        if (request.FileName.Length is 0 or > 255 || request.FileName.IndexOfAny(['/', '\\', '\0']) >= 0)
        {
            throw ApiException.Invalid("file_name", request.FileName, "a name of 1 to 255 characters without a path");
        }

        if (request.TimeZone.Length > 64 || !MarketZones.IsKnown(request.TimeZone))
        {
            throw ApiException.Invalid("time_zone", request.TimeZone, "an IANA time zone such as UTC or Europe/Berlin");
        }

        if (request.PublicationLagHours is { } lag && !(lag >= 0 && lag <= MostLagHours))
        {
            throw ApiException.Invalid("publication_lag_hours", lag, $"0 to {MostLagHours}");
        }

        var isBars = request.Provider == "csv";
        var pattern = request.Provider == "fred" ? FredPattern() : CotPattern();
        if (!isBars && !pattern.IsMatch(request.Symbol))
        {
            throw ApiException.Invalid("symbol", request.Symbol, request.Provider == "fred" ? "fred_ and the id of the series, such as fred_DGS10" : "cot_, a code and _net_pos, such as cot_EUR_net_pos");
        }

        // What the other kind of file has no use for would otherwise be ignored in silence.
        Forbid(!isBars && request.Timeframe is not null, "timeframe", request.Timeframe);
        Forbid(!isBars && request.Calendar is not null, "calendar", request.Calendar);
        Forbid(!isBars && request.TimeFormat is not null, "time_format", request.TimeFormat);
        Forbid(!isBars && request.Columns is not null, "columns", "a list");
        Forbid(!isBars && request.Policy is not null, "policy", "an object");
        Forbid(isBars && request.PublicationLagHours is not null, "publication_lag_hours", request.PublicationLagHours);
        Forbid(request.Provider != "cftc_cot" && request.Market is not null, "market", request.Market);
        CheckEngineOptions(request);

        void Forbid(bool isWrong, string field, object? value)
        {
            if (isWrong)
            {
                throw ApiException.Invalid(field, value, $"nothing with provider {request.Provider}");
            }
        }
    }

    /// <summary>What the engine knows better: calendars, policies, forms of time.</summary>
    private static void CheckEngineOptions(ImportRequest request)
    {
        try
        {
            _ = request.Calendar is null ? null : MarketCalendar.Parse(request.Calendar);
            _ = DataPolicy.Of(request.Policy ?? new Dictionary<string, string>());
        }
        catch (InvalidInputException refused)
        {
            throw ProblemGate.FromProblems(400, ErrorCodes.InvalidField, refused.Problems);
        }

        if (request.Columns is { Count: 0 or > 64 })
        {
            throw ApiException.Invalid("columns", request.Columns.Count, "1 to 64 names");
        }
    }

    public static Task<IResult> GenerateAsync(
        GenerateRequest request, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context,
        OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        CheckMarket(request.Symbol, request.Timeframe);
        RunRules.CheckSeed(request.Seed);
        if (!GeneratorKinds.Contains(request.Kind))
        {
            throw ApiException.Invalid("kind", request.Kind, string.Join(", ", GeneratorKinds));
        }

        if (request.Bars is < FewestGenerated or > MostGenerated)
        {
            throw ApiException.Invalid("bars", request.Bars, $"{FewestGenerated} to {MostGenerated}");
        }

        if (request.Strength is { } strength && !(Math.Abs(strength) <= 1) || request.LookBack is < 1 or > 10_000)
        {
            throw ApiException.Invalid(request.LookBack is < 1 or > 10_000 ? "look_back" : "strength", request.LookBack is < 1 or > 10_000 ? request.LookBack : request.Strength, "a strength from -1 to 1 and a look_back of 1 to 10000 bars");
        }

        if (request.Kind != "planted" && (request.Strength ?? request.LookBack) is not null)
        {
            throw ApiException.Invalid(request.Strength is null ? "look_back" : "strength", request.Strength ?? request.LookBack, "nothing unless kind is planted");
        }

        return AcceptAsync(OperationTypes.DataLoad, "data/generate", key, request, new DataLoadRequest { Generate = request }, context, operations, idempotency, cancellationToken);
    }

    private static async Task<IResult> AcceptAsync(
        string type, string scope, string? key, object body, DataLoadRequest request, HttpContext context, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var operation = new NewOperation(type, KtrdrJson.ToElement(request), Caller.Of(context).Actor);
        return Accepted.Operation(await idempotency.RunAsync(scope, key, body, () => operations.AcceptAsync(operation, cancellationToken), cancellationToken));
    }

    /// <summary>A symbol that can stand in paths, names and reports, and a timeframe that exists.</summary>
    private static void CheckMarket(string symbol, string? timeframe)
    {
        if (!SymbolPattern().IsMatch(symbol))
        {
            throw ApiException.Invalid("symbol", symbol, "1 to 32 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
        }

        if (timeframe is not null && !Timeframe.All.Any(t => t.Name == timeframe))
        {
            throw ApiException.Invalid("timeframe", timeframe, string.Join(", ", Timeframe.All.Select(t => t.Name)));
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,32}$")]
    private static partial Regex SymbolPattern();

    [GeneratedRegex("^fred_[A-Za-z0-9_]{1,24}$")]
    private static partial Regex FredPattern();

    [GeneratedRegex("^cot_[A-Za-z0-9_]{1,16}_net_pos$")]
    private static partial Regex CotPattern();
}
