using System.Globalization;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Statistics;
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

    /// <summary>What the folds of its training did, for the run's stability; an ensemble as a whole has none.</summary>
    public virtual IReadOnlyList<StabilityPart> FoldParts => [];

    /// <summary>What decides where the result's hash must not depend on drawn ids.</summary>
    public string WeightsHash => Models[0].Stored.Training.WeightsHash;

    /// <summary>Whose symbols and context series are read: the first one's symbols, the series of all.</summary>
    public IReadOnlyList<StrategyDocument> Strategies => [.. Models.Select(m => m.Trained.Strategy)];

    /// <summary>The account that is asked for, before the request's own figures.</summary>
    public abstract BacktestOptions Options();

    public abstract BacktestRun Run(MarketView market, long start, BacktestOptions options, CancellationToken cancellation);

    public abstract LookaheadReport Prove(BacktestRun run, int cutPoints, ulong seed);

    /// <summary>Why each trade of the headline was entered, in a line, in the order of the trades.</summary>
    public abstract IReadOnlyList<string> Reasons(BacktestRun run);

    /// <summary>Writes what weighed most when a strategy entered some of the headline's trades.</summary>
    /// <param name="trained">What decided them.</param>
    /// <param name="run">The whole run.</param>
    /// <param name="seed">Place in the strategy's seeds.</param>
    /// <param name="isOwn">Whether it decided a trade.</param>
    /// <param name="write">Given the place of a trade and its line.</param>
    protected static void WriteFactors(TrainedStrategy trained, BacktestRun run, int seed, Func<Trade, bool> isOwn, Action<int, string> write)
    {
        var own = run.Headline.Result.Trades.Index().Where(t => isOwn(t.Item)).ToLookup(t => t.Item.Symbol);
        for (var symbol = 0; symbol < run.Headline.Symbols.Count; symbol++)
        {
            if (!own.Contains(symbol))
            {
                continue;
            }

            var inputs = run.Market.InputsOf(trained.Strategy, IndexOf(run.Market, run.Headline.Symbols[symbol].Bars));
            using var factors = new EntryFactors(trained, inputs, run.Market.Primary.Timeframe.Name, seed);
            foreach (var (place, trade) in own[symbol])
            {
                write(place, string.Join("; ", factors.Of(trade.DecisionBar, trade.Side).Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name} {f.Weight:+0.####;-0.####}"))));
            }
        }
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
    public override IReadOnlyList<StabilityPart> FoldParts => PartsOf(Model.Stored.Training.Folds);

    public override BacktestOptions Options() => BacktestOptions.From(Model.Trained.Strategy);

    public override BacktestRun Run(MarketView market, long start, BacktestOptions options, CancellationToken cancellation) =>
        BacktestRun.Of(Model.Trained, market, start, options, cancellation: cancellation);

    public override LookaheadReport Prove(BacktestRun run, int cutPoints, ulong seed) =>
        RunProof.Of(Model.Trained, run, cutPoints, seed);

    public override IReadOnlyList<string> Reasons(BacktestRun run)
    {
        var reasons = new string[run.Headline.Result.Trades.Count];
        WriteFactors(Model.Trained, run, run.Primary, _ => true, (place, factors) => reasons[place] = factors);
        return reasons;
    }

    /// <summary>A fold whose models do not trade by themselves has nothing to say.</summary>
    internal static IReadOnlyList<StabilityPart> PartsOf(IReadOnlyList<FoldTraining> folds) =>
    [
        .. folds.Where(f => f.NetReturn is not null).Select(f => new StabilityPart(StabilityKind.Fold, string.Create(CultureInfo.InvariantCulture, $"fold {f.Number}"), f.NetSharpe, f.NetReturn!.Value)),
    ];
}

internal sealed record TestedEnsemble(TrainedEnsemble Ensemble, string StrategyHash, IReadOnlyList<TrainedModel> Models, IReadOnlyList<string> Ids) : Tested(Ensemble.Document.Name, StrategyHash, Models)
{
    public override IReadOnlyList<BacktestMember> Members =>
        [.. Ids.Zip(Models, (id, model) => new BacktestMember(id, model.Stored.Id, model.Stored.Training.StrategyHash, model.Stored.Training.WeightsHash))];

    public override BacktestOptions Options() => Ensemble.Options();

    public override BacktestRun Run(MarketView market, long start, BacktestOptions options, CancellationToken cancellation) =>
        EnsembleRun.Of(Ensemble, market, start, options, cancellation: cancellation);

    public override LookaheadReport Prove(BacktestRun run, int cutPoints, ulong seed) =>
        RunProof.Of(Ensemble, run, cutPoints, seed);

    public override IReadOnlyList<string> Reasons(BacktestRun run)
    {
        var trades = run.Headline.Result.Trades;
        var reasons = new string[trades.Count];
        Array.Fill(reasons, "");
        foreach (var id in Ensemble.Routed)
        {
            WriteFactors(
                Ensemble.Member(id), run, Ensemble.Member(id).Primary, trade => trade.EntryReason is { Member: { } member, Regime: not null } && member == id,
                (place, factors) => reasons[place] = $"{id} in {KtrdrJson.Word(trades[place].EntryReason.Regime!.Value)}: {factors}");
        }

        return reasons;
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
