using Ktrdr.Api.Persistence;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Models;
using Microsoft.EntityFrameworkCore;

namespace Ktrdr.Api.Models;

/// <summary>What every training and backtest must fulfil before it is accepted.</summary>
internal sealed class RunRules(KtrdrDatabase database)
{
    public const string CudaBackend = "torch-cuda";

    private const int MostEpochs = 10_000;
    private const int MostSeeds = 64;
    private const double MostCost = 0.1;

    private static readonly string[] Backends = ["simd", "torch-cpu", CudaBackend, "torch-mps"];

    public static void CheckPurpose(string purpose)
    {
        if (!RunPurposes.All.Contains(purpose))
        {
            throw ApiException.Invalid("purpose", purpose, string.Join(", ", RunPurposes.All));
        }
    }

    public static void CheckBackend(string backend)
    {
        if (!Backends.Contains(backend))
        {
            throw ApiException.Invalid("backend", backend, string.Join(", ", Backends));
        }
    }

    /// <summary>The same numbers as everywhere else where a person gives a seed.</summary>
    public static void CheckSeed(long seed)
    {
        if (seed < 0)
        {
            throw ApiException.Invalid("seed", seed, $"0 to {long.MaxValue}");
        }
    }

    public static void CheckSeeds(long seed, IReadOnlyList<long> seeds)
    {
        CheckSeed(seed);
        if (seeds.Count > MostSeeds || seeds.Distinct().Count() != seeds.Count)
        {
            throw ApiException.Invalid("seeds", $"{seeds.Count} seeds", $"at most {MostSeeds}, each once");
        }

        foreach (var one in seeds)
        {
            CheckSeed(one);
        }
    }

    public static void CheckEpochs(int? epochs)
    {
        if (epochs is < 1 or > MostEpochs)
        {
            throw ApiException.Invalid("epochs", epochs, $"1 to {MostEpochs}");
        }
    }

    public static void CheckAccount(double initialCapital, double? commission, double? slippage)
    {
        if (!double.IsFinite(initialCapital) || initialCapital is < 1 or > 1e12)
        {
            throw ApiException.Invalid("initial_capital", initialCapital, "1 to 1e12");
        }

        foreach (var (field, value) in new[] { ("commission", commission), ("slippage", slippage) })
        {
            if (value is < 0 or > MostCost or double.NaN)
            {
                throw ApiException.Invalid(field, value, $"0 to {MostCost}, as a fraction of the traded value");
            }
        }
    }

    public async Task CheckExperimentAsync(string? id, CancellationToken cancellationToken)
    {
        if (id is not null && !await database.Experiments.AnyAsync(e => e.Id == id, cancellationToken))
        {
            throw ApiException.NotFound("experiment", id);
        }
    }

    /// <summary>Explicit dates lie inside the dataset and end before its seal.</summary>
    /// <param name="start">The first, or the only one.</param>
    /// <param name="end">Null where there is none.</param>
    /// <param name="row">The dataset.</param>
    /// <param name="startField">What the request calls the first.</param>
    public static void CheckDates(DateTimeOffset? start, DateTimeOffset? end, DatasetRow row, string startField = "start")
    {
        var dataset = Json.Read<DatasetVersion>(row.Document);
        if (start >= dataset.SealedFrom || end > dataset.SealedFrom)
        {
            var (field, value) = end > dataset.SealedFrom ? ("end", end) : (startField, start);
            var allowed = $"up to {ApiException.Shown(dataset.SealedFrom)}";
            throw new ApiException(403, ErrorCodes.Sealed, $"{field} = {ApiException.Shown(value)} reaches into the sealed bars; allowed: {allowed}") { Field = field, Allowed = allowed };
        }

        if (start >= end)
        {
            throw ApiException.Invalid("end", end, "a time after start");
        }

        if (start < dataset.FirstTime)
        {
            throw ApiException.Invalid(startField, start, $"{ApiException.Shown(dataset.FirstTime)} or later: the dataset begins there");
        }
    }
}
