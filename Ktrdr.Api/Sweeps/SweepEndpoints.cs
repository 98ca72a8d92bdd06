using Ktrdr.Api.MarketData;
using Ktrdr.Api.Models;
using Ktrdr.Api.Operations;
using Ktrdr.Api.Persistence;
using Ktrdr.Api.Research;
using Ktrdr.Api.Security;
using Ktrdr.Api.Strategies;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Engine;
using Ktrdr.Engine.Strategies;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Sweeps;

/// <summary>Starts sweeps and reads their variants.</summary>
internal static class SweepEndpoints
{
    /// <summary>As many as the campaign statistics take at a time.</summary>
    private const int MostVariants = 2_000;

    private const int MostValues = 1_000;

    /// <summary>Enough parts that the last ones keep every worker busy, and not so many that each reads its data for nothing.</summary>
    private const int WantedParts = 32;
    private const int LargestPart = 25;

    public static void MapSweeps(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/sweeps").WithTags("runs");
        group.MapPost("/start", StartAsync).Requires(Access.Research);
        group.MapGet("/{id}/variants", VariantsAsync).Requires(Access.Read);
        group.MapGet("/{id}/trials", TrialsAsync).Requires(Access.Read);
    }

    private static async Task<IResult> StartAsync(
        SweepRequest request, [FromHeader(Name = Idempotency.Header)] string? key, HttpContext context,
        StrategyStore strategies, DatasetStore datasets, RunDatasets others, OperationService operations, Idempotency idempotency, CancellationToken cancellationToken)
    {
        RunRules.CheckSeed(request.Seed);
        if (request.Window is not (DataWindows.Validation or DataWindows.Test))
        {
            throw ApiException.Invalid("window", request.Window, $"{DataWindows.Validation}, {DataWindows.Test}");
        }

        RunRules.CheckEpochs(request.Epochs);
        RunRules.CheckAccount(request.InitialCapital, request.Commission, request.Slippage);
        var strategy = await strategies.RequireAsync(request.Strategy, null, cancellationToken);
        var dataset = await datasets.ResolveAsync(request.Dataset, request.Symbol ?? strategy.Symbol, request.Timeframe ?? strategy.Timeframe, cancellationToken);
        if (dataset.Timeframe != strategy.Timeframe)
        {
            throw ApiException.Invalid("timeframe", dataset.Timeframe, $"{strategy.Timeframe}, the base timeframe of strategy {strategy.Name}");
        }

        RunRules.CheckDates(request.Start, request.End, dataset);
        var axes = StrategyGrid.TrainingsFirst([.. request.Parameters.Select(p => new GridAxis(p.Path, p.Values))]);
        var variants = Count(request, axes, strategy.Document);
        var pinned = request with
        {
            Parameters = [.. axes.Select(a => new SweepParameter(a.Path, a.Values))],
            Strategy = strategy.Hash,
            Dataset = dataset.Id,
            Symbol = dataset.Symbol,
            Timeframe = dataset.Timeframe,
            MoreDatasets = await others.PinAsync(strategy.Document, dataset.Timeframe, request.MoreDatasets, cancellationToken),
        };
        var sweep = new NewOperation(OperationTypes.Sweep, KtrdrJson.ToElement(pinned), Caller.Of(context).Actor)
        {
            Purpose = Contracts.Models.RunPurposes.Manual,
            StrategyHash = strategy.Hash,
            Dataset = dataset.Id,
            Window = request.Window,
            Seed = request.Seed,
        };
        return Accepted.Operation(await idempotency.RunAsync(
            "sweeps/start", key, request,
            async () =>
            {
                var accepted = await operations.AcceptAsync(sweep, cancellationToken);
                var size = PartSize(variants, request.Sample is null ? StrategyGrid.SharingATraining(axes) : 1);
                for (var from = 0; from < variants; from += size)
                {
                    var part = new SweepPartRequest(accepted.OperationId, pinned, from, Math.Min(from + size, variants));
                    await operations.AcceptAsync(sweep with { Type = OperationTypes.SweepPart, Request = KtrdrJson.ToElement(part), ParentId = accepted.OperationId }, cancellationToken);
                }

                return accepted;
            },
            cancellationToken));
    }

    /// <summary>Variants that share a training belong into one part, which trains it once, unless they are too many for one.</summary>
    private static int PartSize(int variants, int sharing)
    {
        var size = Math.Clamp((variants + WantedParts - 1) / WantedParts, 1, LargestPart);
        return sharing > LargestPart ? size : (size + sharing - 1) / sharing * sharing;
    }

    /// <summary>Every value must be right by itself, so that a slip is an answer here and not a thousand failures later.</summary>
    private static int Count(SweepRequest request, IReadOnlyList<GridAxis> axes, string text)
    {
        if (request.Sample is < 1)
        {
            throw ApiException.Invalid("sample", request.Sample, "1 or more");
        }

        try
        {
            var document = StrategyReader.Parse(text, lenient: true);
            var grid = new StrategyGrid(document, axes, request.Sample, unchecked((ulong)request.Seed));
            if (grid.Count > MostVariants)
            {
                throw ApiException.Invalid("parameters", $"{grid.Count} combinations", $"at most {MostVariants}, or a sample of them");
            }

            if (axes.Sum(a => a.Values.Count) > MostValues)
            {
                throw ApiException.Invalid("parameters", $"{axes.Sum(a => a.Values.Count)} values", $"at most {MostValues}");
            }

            foreach (var axis in axes)
            {
                var alone = new StrategyGrid(document, [axis]);
                for (var i = 0; i < alone.Count; i++)
                {
                    alone.At(i);
                }
            }

            return grid.Count;
        }
        catch (InvalidInputException refused)
        {
            var problem = refused.Problems[0];
            throw new ApiException(422, problem.Code, problem.Message) { Field = problem.Path, Allowed = problem.Allowed };
        }
    }

    private static async Task<Page<SweepVariant>> VariantsAsync(string id, string? sort, int? after, int? limit, KtrdrDatabase database, OperationStore store, CancellationToken cancellationToken)
    {
        await RequireAsync(id, store, cancellationToken);
        if (sort is not (null or "number" or "sharpe"))
        {
            throw ApiException.Invalid("sort", sort, "number, sharpe");
        }

        var most = Paging.Limit(limit, 100, MostVariants);
        var skip = after ?? 0;
        if (skip < 0)
        {
            throw ApiException.Invalid("after", after, "0 or more: how many variants to leave out");
        }

        var rows = database.SweepVariants.Where(v => v.SweepId == id);
        rows = sort == "sharpe" ? rows.OrderByDescending(v => v.Sharpe != null).ThenByDescending(v => v.Sharpe).ThenBy(v => v.Number) : rows.OrderBy(v => v.Number);
        var page = await rows.Skip(skip).Take(most + 1).Select(v => v.Variant).ToListAsync(cancellationToken);
        return new Page<SweepVariant>([.. page.Take(most).Select(Json.Read<SweepVariant>)], page.Count > most ? $"{skip + most}" : null);
    }

    private static async Task<CampaignTrials> TrialsAsync(string id, string? after, int? limit, bool? packed, OperationStore store, TrialStore trials, CancellationToken cancellationToken)
        => await trials.OfSweepAsync(id, (await RequireAsync(id, store, cancellationToken)).Dataset!, TrialPage.Of(after, limit, packed), cancellationToken);

    private static async Task<OperationRow> RequireAsync(string id, OperationStore store, CancellationToken cancellationToken)
        => await store.FindAsync(id, cancellationToken) is { Type: OperationTypes.Sweep } sweep ? sweep : throw ApiException.NotFound("sweep", id);
}
