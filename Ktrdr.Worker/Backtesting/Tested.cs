using System.Globalization;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost.Operations;
using Trade = Ktrdr.Engine.Backtesting.Trade;

namespace Ktrdr.Worker.Backtesting;

/// <summary>What a backtest runs: a model, or an ensemble of models.</summary>
/// <param name="Name">Of the strategy or the ensemble.</param>
/// <param name="StrategyHash">What the trial is known by.</param>
/// <param name="Models">Every model that was read; the first stands for all where only one can.</param>
internal abstract record Tested(string Name, string StrategyHash, IReadOnlyList<TrainedModel> Models)
{
    /// <summary>Members of an ensemble; empty for a model.</summary>
    public virtual IReadOnlyList<BacktestMember> Members => [];

    /// <summary>What decides where the result's hash must not depend on drawn ids.</summary>
    public string WeightsHash => Models[0].Stored.Training.WeightsHash;

    /// <summary>Whose symbols and context series are read: the first one's symbols, the series of all.</summary>
    public IReadOnlyList<StrategyDocument> Strategies => [.. Models.Select(m => m.Trained.Strategy)];

    /// <summary>The account that is asked for, before the request's own figures.</summary>
    public abstract BacktestOptions Options();

    public abstract BacktestRun Run(MarketView market, long start, BacktestOptions options, CancellationToken cancellation);

    public abstract IReadOnlyList<Leak> Prove(MarketView market, int start, BacktestOptions options, int cutPoints, ulong seed);

    /// <summary>Why a trade of the run was entered, in a line.</summary>
    public abstract Func<Trade, string> Reasons(BacktestRun run);

    protected static Func<Trade, string> FactorsOf(TrainedStrategy trained, BacktestRun run, int seed)
    {
        var timeframe = run.Market.Primary.Timeframe.Name;
        var factors = run.Headline.Symbols.Select(s => new EntryFactors(trained, run.Market.InputsOf(trained.Strategy, IndexOf(run.Market, s.Bars)), timeframe, seed)).ToArray();
        return trade => string.Join("; ", factors[trade.Symbol].Of(trade.DecisionBar, trade.Side).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name} {f.Weight:+0.####;-0.####}")));
    }

    private static int IndexOf(MarketView market, BarSeries bars) => Enumerable.Range(0, market.Symbols.Count).First(s => ReferenceEquals(market.Symbols[s], bars));

    public static async Task<Tested> ReadAsync(OperationContext context, BacktestRequest request)
    {
        if (request.Ensemble is { } text)
        {
            return await TestedEnsemble.ReadAsync(context, EnsembleReader.Parse(text), request.Members).ConfigureAwait(false);
        }

        return request.Model is { } id
            ? new TestedModel(await TrainedModel.ReadAsync(context, id).ConfigureAwait(false))
            : throw new OperationFailedException(ErrorCodes.InvalidField, "model is not set; allowed: the id of a stored model.");
    }
}

internal sealed record TestedModel(TrainedModel Model) : Tested(Model.Stored.Training.StrategyName, Model.Stored.Training.StrategyHash, [Model])
{
    public override BacktestOptions Options() => BacktestOptions.From(Model.Trained.Strategy);

    public override BacktestRun Run(MarketView market, long start, BacktestOptions options, CancellationToken cancellation) =>
        BacktestRun.Of(Model.Trained, market, start, options, cancellation: cancellation);

    public override IReadOnlyList<Leak> Prove(MarketView market, int start, BacktestOptions options, int cutPoints, ulong seed) =>
        RunProof.Of(Model.Trained, market, start, options, cutPoints, seed);

    public override Func<Trade, string> Reasons(BacktestRun run) => FactorsOf(Model.Trained, run, run.Primary);
}

internal sealed record TestedEnsemble(TrainedEnsemble Ensemble, string StrategyHash, IReadOnlyList<TrainedModel> Models, IReadOnlyList<string> Ids) : Tested(Ensemble.Document.Name, StrategyHash, Models)
{
    public override IReadOnlyList<BacktestMember> Members =>
        [.. Ids.Zip(Models, (id, model) => new BacktestMember(id, model.Stored.Id, model.Stored.Training.StrategyHash, model.Stored.Training.WeightsHash))];

    public override BacktestOptions Options() => Ensemble.Options();

    public override BacktestRun Run(MarketView market, long start, BacktestOptions options, CancellationToken cancellation) =>
        EnsembleRun.Of(Ensemble, market, start, options, cancellation: cancellation);

    public override IReadOnlyList<Leak> Prove(MarketView market, int start, BacktestOptions options, int cutPoints, ulong seed) =>
        RunProof.Of(Ensemble, market, start, options, cutPoints, seed);

    public override Func<Trade, string> Reasons(BacktestRun run)
    {
        var members = Ensemble.Routed.ToDictionary(id => id, id => FactorsOf(Ensemble.Member(id), run, Ensemble.Member(id).Primary), StringComparer.Ordinal);
        return trade => trade.EntryReason is { Member: { } member, Regime: { } regime }
            ? $"{member} in {KtrdrJson.Word(regime)}: {members[member](trade)}"
            : "";
    }

    /// <param name="context">Of the operation.</param>
    /// <param name="document">The ensemble.</param>
    /// <param name="members">Model ids by member, pinned when the request was accepted.</param>
    public static async Task<TestedEnsemble> ReadAsync(OperationContext context, EnsembleDocument document, IReadOnlyDictionary<string, string> members)
    {
        var gateFirst = document.Models.OrderBy(m => m.Id != document.Composition.GateModel).Select(m => m.Id).ToList();
        var read = new Dictionary<string, TrainedModel>(StringComparer.Ordinal);
        foreach (var id in gateFirst)
        {
            read[id] = members.TryGetValue(id, out var model)
                ? await TrainedModel.ReadAsync(context, model).ConfigureAwait(false)
                : throw new OperationFailedException(ErrorCodes.InvalidField, $"members has no '{id}'; allowed: the id of a stored model for each of {string.Join(", ", gateFirst)}.");
        }

        var ensemble = new TrainedEnsemble(document, read.ToDictionary(m => m.Key, m => m.Value.Trained, StringComparer.Ordinal));
        return new TestedEnsemble(ensemble, EnsembleWriter.Hash(document, id => read[id].Stored.Training.StrategyHash), [.. gateFirst.Select(id => read[id])], gateFirst);
    }
}
