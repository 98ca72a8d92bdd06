using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Tests.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Api.Strategies;

/// <summary>What the Api says about documents, stored ones and others.</summary>
public sealed class StrategyDocumentEndpointsTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [PostgresFact]
    public async Task Schema_OfBothKinds_IsServed()
    {
        var strategy = await fixture.Api.Researcher.GetStrategySchemaAsync();
        var ensemble = await fixture.Api.Researcher.GetStrategySchemaAsync("ensemble");

        Assert.Equal("https://json-schema.org/draft/2020-12/schema", strategy.GetProperty("$schema").GetString());
        Assert.True(strategy.GetProperty("properties").TryGetProperty("nn_inputs", out _));
        Assert.True(ensemble.GetProperty("properties").TryGetProperty("composition", out _));
        Assert.Contains("strategy, ensemble", (await Assert.ThrowsAsync<KtrdrApiException>(() => fixture.Api.Researcher.GetStrategySchemaAsync("model"))).Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Save_KnownContentUnderAnotherName_SaysUnderWhichItIsKnown()
    {
        var api = fixture.Api.Researcher;
        var text = StrategyTexts.With("period: 14", "period: 33");
        var first = await api.SaveStrategyAsync(new StrategyDocumentRequest(text.Replace("name: sound", "name: first_name", StringComparison.Ordinal)));
        var again = await api.SaveStrategyAsync(new StrategyDocumentRequest(text.Replace("name: sound", "name: first_name", StringComparison.Ordinal)));
        var renamed = await api.SaveStrategyAsync(new StrategyDocumentRequest(text.Replace("name: sound", "name: second_name", StringComparison.Ordinal)));

        Assert.Equal((null, null), (first.KnownInsteadOf, again.KnownInsteadOf));
        Assert.Equal((first.Hash, "first_name", "second_name"), (renamed.Hash, renamed.Name, renamed.KnownInsteadOf));
    }

    [PostgresFact]
    public async Task Diff_OfStoredVersions_NamesWhatChanged()
    {
        var api = fixture.Api.Researcher;
        var first = await api.SaveStrategyAsync(new StrategyDocumentRequest(StrategyTexts.Sound.Replace("name: sound", "name: differs", StringComparison.Ordinal)));
        var second = await api.SaveStrategyAsync(new StrategyDocumentRequest(StrategyTexts.With("period: 14", "period: 21").Replace("name: sound", "name: differs", StringComparison.Ordinal)));

        var byVersion = await api.DiffStrategiesAsync($"differs@{first.Version}", "differs");
        var byHash = await api.DiffStrategiesAsync(first.Hash, second.Hash);

        Assert.Equal(new StrategyDifference("indicators.rsi_14.period", "14", "21"), Assert.Single(byVersion.Differences));
        Assert.False(byVersion.Same);
        Assert.Equal(byVersion.Differences, byHash.Differences);
        Assert.True((await api.DiffStrategiesAsync("differs", "differs")).Same);
        Assert.Equal(404, (int)(await Assert.ThrowsAsync<KtrdrApiException>(() => api.DiffStrategiesAsync("differs@9", "differs"))).Status!);
        Assert.Equal(400, (int)(await Assert.ThrowsAsync<KtrdrApiException>(() => api.DiffStrategiesAsync("differs@x", "differs"))).Status!);
        Assert.Equal(second.Features, await api.GetStrategyFeaturesAsync("differs"));
    }

    [PostgresFact]
    public async Task Diff_OfDocuments_RefusesWhatIsNotOne()
    {
        var api = fixture.Api.Researcher;

        Assert.True((await api.DiffDocumentsAsync(new StrategyDiffRequest(StrategyTexts.Sound, StrategyTexts.Sound))).Same);
        Assert.Equal(2, (await api.DiffDocumentsAsync(new StrategyDiffRequest(FullDocuments.Ensemble, FullDocuments.Ensemble.Replace("ranging: {action: FLAT}", "ranging: {model: swing}", StringComparison.Ordinal)))).Differences.Count);
        var error = await Assert.ThrowsAsync<KtrdrApiException>(() => api.DiffDocumentsAsync(new StrategyDiffRequest(StrategyTexts.Sound, StrategyTexts.With("epochs: 30", "epochs: none"))));
        Assert.Equal("training.epochs", Assert.Single(error.Problem.Problems!).Path);
    }

    [PostgresFact]
    public async Task Migrate_AnOldDocument_GivesANewOneAndSaysWhatItDid()
    {
        var migrated = await fixture.Api.Researcher.MigrateStrategyAsync(new StrategyDocumentRequest(StrategyTexts.With("max_holding_period: 24", "max_holding_bars: 24")));

        Assert.Contains("max_holding_period: 24", migrated.Document, StringComparison.Ordinal);
        Assert.Equal(["training.labels.max_holding_bars", "version"], migrated.Changes.Select(c => c.Path).Order(StringComparer.Ordinal));
        Assert.Empty(migrated.Problems);
    }

    [PostgresFact]
    public async Task Validate_AnEnsemble_IsReadAsOne()
    {
        var report = await fixture.Api.Researcher.ValidateStrategyAsync(new StrategyDocumentRequest(FullDocuments.Ensemble));

        Assert.Equal((true, "ensemble", "probe_router"), (report.Valid, report.Kind, report.Name));
        Assert.Equal("ensemble", (await fixture.Api.Researcher.ValidateStrategyAsync(new StrategyDocumentRequest(FullDocuments.Ensemble.Replace("gate_model: gate", "gate_model: x", StringComparison.Ordinal)))).Kind);
    }
}
