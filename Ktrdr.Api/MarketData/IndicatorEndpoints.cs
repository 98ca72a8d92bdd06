using System.Globalization;
using System.Text;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Security;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Microsoft.AspNetCore.Mvc;

namespace Ktrdr.Api.MarketData;

/// <summary>The catalog of indicators, and bounded previews of their values.</summary>
internal static class IndicatorEndpoints
{
    private const int MostRows = 100_000;

    /// <summary>A hundred thousand rows as CSV inside JSON.</summary>
    private const long LargestBody = 24 * 1024 * 1024;

    public static void MapIndicators(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/indicators").WithTags("catalog");
        group.MapGet("/", () => IndicatorCatalog.All.Select(Describe).ToList()).Requires(Access.Read);
        group.MapGet("/{type}", (string type) => Describe(Find(type, 404))).Requires(Access.Read);
        group.MapPost("/calculate", CalculateAsync).WithMetadata(new RequestSizeLimitAttribute(LargestBody)).Requires(Access.Read);
    }

    private static async Task<CalculatedIndicator> CalculateAsync(CalculateIndicatorRequest request, DatasetStore datasets, ArtifactStore artifacts, CancellationToken cancellationToken)
    {
        var type = Find(request.Type, 400);
        var problems = new List<Problem>();
        var arguments = type.Bind(request.Parameters.ToDictionary(p => p.Key, p => Typed(type, p.Key, p.Value), StringComparer.Ordinal), "parameters", problems);
        if (problems.Any(p => p.Severity == ProblemSeverity.Error))
        {
            throw ProblemGate.FromProblems(400, ErrorCodes.InvalidField, problems);
        }

        var bars = await ReadBarsAsync(request, datasets, artifacts, cancellationToken);
        if (bars.Count > MostRows)
        {
            throw ApiException.Invalid("bars", bars.Count, $"at most {MostRows} rows");
        }

        if (bars.Count > 0 && type.ReadsVolume(arguments) && !bars.HasVolume)
        {
            throw ApiException.Invalid("type", type.Name, "an indicator of prices: it reads the volume, which these bars do not have");
        }

        var outputs = type.Compute(bars, arguments);
        return new CalculatedIndicator(
            type.Name,
            arguments.Values.ToDictionary(v => v.Key, v => Text(v.Value)),
            [.. bars.Times.ToArray().Select(DateTimeOffset.FromUnixTimeMilliseconds)],
            [.. type.Outputs.Select((name, i) => new IndicatorColumn(name, [.. outputs[i].Select(v => double.IsFinite(v) ? v : (double?)null)]))]);
    }

    private static async Task<BarSeries> ReadBarsAsync(CalculateIndicatorRequest request, DatasetStore datasets, ArtifactStore artifacts, CancellationToken cancellationToken)
    {
        if (request.Csv is { } csv)
        {
            if (request.Symbol is not null)
            {
                throw ApiException.Invalid("symbol", request.Symbol, "nothing when csv is given");
            }

            // Nothing is stored, so strange prices are the caller's affair; columns that the file lacks are filled from those it has.
            var options = new CsvOptions { Symbol = "input", AllowMissingColumns = true, MaximumBytes = LargestBody, Policy = new DataPolicy { InvalidPrice = PolicyAction.Keep } };
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(csv), writable: false);
            return CsvBars.Read(stream, options).Bars;
        }

        if (request.Symbol is null || request.Timeframe is null)
        {
            throw ApiException.Invalid("csv", null, "bars as CSV text, or symbol and timeframe of stored data");
        }

        var row = await datasets.ResolveAsync(null, request.Symbol, request.Timeframe, cancellationToken);
        return BarSeries.FromBytes(await File.ReadAllBytesAsync(artifacts.PathOf(row.UnsealedSha256), cancellationToken));
    }

    private static IndicatorType Find(string name, int status)
    {
        if (IndicatorCatalog.TryFind(name, out var type))
        {
            return type;
        }

        var known = string.Join(", ", IndicatorCatalog.All.Select(t => t.Name));
        var near = IndicatorCatalog.Nearest(name);
        throw new ApiException(
            status, status == 404 ? ErrorCodes.NotFound : ErrorCodes.InvalidField,
            $"type = {ApiException.Shown(name)} is no indicator; allowed: {known}{(near is null ? "" : $" (did you mean '{near}'?)")}")
        { Field = "type", Allowed = known };
    }

    /// <summary>The text as the kind of value that the parameter takes; what cannot be one stays text, and binding says what is wrong with it.</summary>
    private static object? Typed(IndicatorType type, string name, string text) => type.Parameters.FirstOrDefault(p => p.Name == name)?.Kind switch
    {
        ParameterKind.Integer or ParameterKind.Number when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        ParameterKind.Flag when bool.TryParse(text, out var flag) => flag,
        _ => text,
    };

    /// <summary>As documents write it.</summary>
    private static string Text(object value) => value is bool flag ? (flag ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static IndicatorDescription Describe(IndicatorType type) => new(type.Name, type.Aliases, type.Category, type.Summary)
    {
        Parameters = [.. type.Parameters.Select(p => new IndicatorParameterDescription(
            p.Name, KtrdrJson.Word(p.Kind), Text(p.Default), p.Min, p.Max, p.Choices, p.Summary))],
        Outputs = type.Outputs,
        WarmUp = type.WarmUp(type.Defaults()),
    };
}
