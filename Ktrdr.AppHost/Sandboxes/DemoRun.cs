using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>What a demo shows while it runs.</summary>
public sealed record DemoProgress(Campaign Campaign, IReadOnlyList<Experiment> Experiments, IReadOnlyList<Operation> Running, TimeSpan Elapsed);

/// <summary>Bars in, research cycles, a closed campaign out: all of it through the Api, as any other client would.</summary>
public sealed class DemoRun(IKtrdrApi api, Action<string> say, Action<DemoProgress> show)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(400);

    /// <summary>An Api that crashed is started again; the demo only gives up when that does not help.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <returns>The closed campaign and its experiments by number.</returns>
    /// <exception cref="SandboxException"><c>demo_failed</c>: one line that says what failed.</exception>
    public async Task<(Campaign Campaign, IReadOnlyList<Experiment> Experiments)> RunAsync(DemoData data, int cycles, long seed, CancellationToken cancellationToken)
    {
        var began = Stopwatch.StartNew();
        var dataset = await LoadAsync(data, seed, cancellationToken).ConfigureAwait(false);
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"{dataset.Symbol} {dataset.Timeframe}: {dataset.Bars} bars, {dataset.FirstTime:yyyy-MM-dd} to {dataset.LastTime:yyyy-MM-dd}, sealed from {dataset.SealedFrom:yyyy-MM-dd}"));
        if (dataset.Synthetic)
        {
            say($"SYNTHETIC: these bars were generated ({dataset.Source}); no result on them says anything about a market");
        }

        var request = new ResearchRequest { Symbol = dataset.Symbol, Timeframe = dataset.Timeframe, Dataset = dataset.Id, Cycles = cycles, Seed = seed, Close = true };
        var research = await api.StartResearchAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
        return await FollowAsync(research, began, cancellationToken).ConfigureAwait(false);
    }

    private async Task<DatasetVersion> LoadAsync(DemoData data, long seed, CancellationToken cancellationToken)
    {
        OperationAccepted accepted;
        if (data.File is { } file)
        {
            say($"importing {file}");
            var bytes = await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false);
            var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
            await api.PutArtifactAsync(hash, new MemoryStream(bytes), cancellationToken).ConfigureAwait(false);
            var import = new ImportRequest { Sha256 = hash, FileName = Path.GetFileName(file), Symbol = data.Symbol, Timeframe = data.Timeframe };
            accepted = await api.ImportDataAsync(import, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        else
        {
            say($"generating a synthetic market (seed {seed})");
            var generate = new GenerateRequest { Seed = seed, Symbol = data.Symbol, Timeframe = data.Timeframe };
            accepted = await api.GenerateDataAsync(generate, cancellationToken: cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            var operation = await PatientlyAsync(() => api.GetOperationAsync(accepted.OperationId, cancellationToken)).ConfigureAwait(false);
            if (operation.Status == OperationStatus.Succeeded)
            {
                return KtrdrJson.Read<DataLoadResult>(operation.Result!.Value).Dataset;
            }

            ThrowIfEnded(operation, "loading the bars");
            await Task.Delay(PollInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(Campaign Campaign, IReadOnlyList<Experiment> Experiments)> FollowAsync(ResearchStarted research, Stopwatch began, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The operation is read first: when it has ended, what is read after it is final.
            var operation = await PatientlyAsync(() => api.GetOperationAsync(research.OperationId, cancellationToken)).ConfigureAwait(false);
            var campaign = await PatientlyAsync(() => api.GetCampaignAsync(research.CampaignId, cancellationToken)).ConfigureAwait(false);
            var experiments = await PatientlyAsync(() => api.ListExperimentsAsync(research.CampaignId, cancellationToken)).ConfigureAwait(false);
            var running = await PatientlyAsync(() => api.ListOperationsAsync(status: "running", campaignId: research.CampaignId, cancellationToken: cancellationToken)).ConfigureAwait(false);
            IReadOnlyList<Experiment> ordered = [.. experiments.OrderBy(experiment => experiment.Number)];
            show(new DemoProgress(campaign, ordered, running.Items, began.Elapsed));
            if (campaign.Status == CampaignStatus.Closed)
            {
                return (campaign, ordered);
            }

            ThrowIfEnded(operation, "the research");
            if (operation.Status == OperationStatus.Succeeded)
            {
                throw new SandboxException("demo_failed", $"the research ended but campaign {campaign.Id} is {KtrdrJson.Word(campaign.Status)}, not closed.");
            }

            await Task.Delay(PollInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    private static void ThrowIfEnded(Operation operation, string what)
    {
        if (operation.Status is OperationStatus.Failed or OperationStatus.Cancelled)
        {
            var reason = operation.Failure?.Message ?? KtrdrJson.Word(operation.Status);
            throw new SandboxException("demo_failed", $"{what} failed: {reason} (operation {operation.Id})");
        }
    }

    private static async Task<T> PatientlyAsync<T>(Func<Task<T>> call)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (KtrdrApiException error) when (error.Code == ErrorCodes.Unavailable && waited.Elapsed < Patience)
            {
                await Task.Delay(PollInterval).ConfigureAwait(false);
            }
        }
    }
}
