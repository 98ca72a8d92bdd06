using System.Text.RegularExpressions;
using Ktrdr.Api.Models;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.MarketData;
using Microsoft.AspNetCore.Mvc;

namespace Ktrdr.Api.MarketData;

/// <summary>Accepts imports and generated markets: both become a <c>data_load</c> operation.</summary>
internal static partial class DataLoads
{
    private const int FewestGenerated = 1_000;
    private const int MostGenerated = 1_000_000;

    private static readonly string[] GeneratorKinds = ["null", "planted", "regimes"];

    public static async Task<IResult> ImportAsync(
        ImportRequest request, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context,
        ArtifactStore artifacts, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        CheckMarket(request.Symbol, request.Timeframe);
        if (await artifacts.FindAsync(request.Sha256, cancellationToken) is null)
        {
            throw ApiException.Invalid("sha256", request.Sha256, "the hash of a file that was put with PUT /api/v1/artifacts/{sha256} before");
        }

        if (request.FileName.Length is 0 or > 255 || request.FileName.IndexOfAny(['/', '\\', '\0']) >= 0)
        {
            throw ApiException.Invalid("file_name", request.FileName, "a name of 1 to 255 characters without a path");
        }

        if (request.TimeZone.Length > 64 || !TimeZoneInfo.TryFindSystemTimeZoneById(request.TimeZone, out _))
        {
            throw ApiException.Invalid("time_zone", request.TimeZone, "an IANA time zone such as UTC or Europe/Berlin");
        }

        return await AcceptAsync("data/import", key, request, new DataLoadRequest { Import = request }, context, operations, idempotency, cancellationToken);
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

        return AcceptAsync("data/generate", key, request, new DataLoadRequest { Generate = request }, context, operations, idempotency, cancellationToken);
    }

    private static async Task<IResult> AcceptAsync(
        string scope, string? key, object body, DataLoadRequest request, HttpContext context, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        var operation = new NewOperation(OperationTypes.DataLoad, KtrdrJson.ToElement(request), Caller.Of(context).Actor);
        return Accepted.Operation(await idempotency.RunAsync(scope, key, body, () => operations.AcceptAsync(operation, cancellationToken), cancellationToken));
    }

    /// <summary>A symbol that can stand in paths, names and reports, and a timeframe that exists.</summary>
    private static void CheckMarket(string symbol, string timeframe)
    {
        if (!SymbolPattern().IsMatch(symbol))
        {
            throw ApiException.Invalid("symbol", symbol, "1 to 32 characters of A-Z, a-z, 0-9, '.', '_' and '-'");
        }

        if (!Timeframe.All.Any(t => t.Name == timeframe))
        {
            throw ApiException.Invalid("timeframe", timeframe, string.Join(", ", Timeframe.All.Select(t => t.Name)));
        }
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,32}$")]
    private static partial Regex SymbolPattern();
}
