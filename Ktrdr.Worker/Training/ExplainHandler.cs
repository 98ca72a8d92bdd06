using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning.Explaining;
using Ktrdr.Engine.MarketData;
using Ktrdr.Worker.MarketData;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Training;

/// <summary>Says why a stored model says what it says at one bar. A pure function of its request.</summary>
internal sealed class ExplainHandler(BarSource source) : IOperationHandler
{
    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        var request = context.Read<ExplainRequest>();
        if (request.Model is not { } id)
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, "model is not set; allowed: the id of a stored model.");
        }

        context.Report(new OperationProgress(5, "reading the model"));
        var model = await TrainedModel.ReadAsync(context, id).ConfigureAwait(false);
        context.Report(new OperationProgress(15, "reading bars"));
        var pinned = await RunMarket.ReadAsync(source, context, request.Dataset ?? model.Stored.Training.Dataset, request.MoreDatasets).ConfigureAwait(false);
        var result = await context.ComputeAsync(() => Explain(context, request, model, pinned)).ConfigureAwait(false);
        context.Report(new OperationProgress(100, "finished"));
        return OperationOutcome.Of(result, ResultHash.Of(result with { Model = model.Stored.Training.WeightsHash }));
    }

    internal static ModelExplanation Explain(OperationContext context, ExplainRequest request, TrainedModel model, RunMarket pinned)
    {
        model.CheckFeatures();
        var bars = pinned.Pinned.Bars;
        var bar = BarAt(bars, request.Time);
        context.Report(new OperationProgress(30, "computing features"));

        // What lies after the bar does not exist for its explanation; the background lies before it too.
        var market = pinned.Before(model.Trained.Strategy, TrainingJob.EndOf(pinned.Pinned, bar + 1));
        var raw = FeaturePipeline.Build(model.Trained.Strategy, market.InputsOf(model.Trained.Strategy, IndexOf(market.Symbols, bars.Symbol)), bars.Timeframe.Name);
        var features = model.Trained.Normalization.Apply(raw);
        var network = model.Trained.PrimarySeed.Network;
        var ready = features.WindowReady(model.Trained.SequenceLength);
        if (!ready[bar])
        {
            throw new OperationFailedException(ErrorCodes.InvalidField, $"time is {request.Time?.UtcDateTime:O}: the bar's features are not complete yet; allowed: a bar past the warm-up of {raw.LongestLookBack} bars and away from gaps.");
        }

        context.Report(new OperationProgress(50, "asking the model with features known and unknown"));
        var outputs = model.Manifest.Outputs;
        var explanation = Explanation.Of(
            network, features.Names, features.Values, Background(model, bars, ready, bar), bar, outputs, model.Trained.Normalization,
            new ExplanationOptions { Output = OutputOf(request.Output, outputs), Seed = unchecked((ulong)request.Seed), BackgroundRows = request.BackgroundRows, Permutations = request.Permutations });
        var all = new float[outputs.Count];
        network.Predict(features.Values, bar, 1, all);
        return new ModelExplanation
        {
            Model = model.Stored.Id,
            WeightsHash = network.WeightsHash(),
            StrategyName = model.Trained.Strategy.Name,
            ModelKind = KtrdrJson.Word(model.Trained.Strategy.Model.Kind),
            Dataset = pinned.Dataset.Id,
            Symbol = bars.Symbol,
            Timeframe = bars.Timeframe.Name,
            Time = DateTimeOffset.FromUnixTimeMilliseconds(bars.Times[bar]),
            Outputs = new SortedDictionary<string, double>(outputs.Select((name, k) => (name, value: (double)all[k])).ToDictionary(o => o.name, o => o.value), StringComparer.Ordinal),
            Output = outputs[explanation.Output],
            Value = explanation.Value,
            Expected = explanation.Expected,
            Exact = explanation.IsExact,
            Contributions =
            [
                .. explanation.Contributions
                    .Select((c, i) => new ModelContribution(c.Feature, raw.Row(bar)[i], c.Contribution, double.IsFinite(c.StandardError) ? c.StandardError : null))
                    .OrderByDescending(c => Math.Abs(c.Contribution)),
            ],
            Rules = [.. explanation.Rules.Select(r => new ModelFiredRule(r.Sentence, r.Firing, r.Says, r.Contribution, r.Share))],
        };
    }

    private static int BarAt(BarSeries bars, DateTimeOffset? time)
    {
        var bar = time is { } at ? bars.LowerBound(at.ToUnixTimeMilliseconds() + 1) - 1 : bars.Count - 1;
        return bar >= 0
            ? bar
            : throw new OperationFailedException(ErrorCodes.InvalidField, $"time is {time?.UtcDateTime:O}; allowed: {DateTimeOffset.FromUnixTimeMilliseconds(bars.Times[0]).UtcDateTime:O} or later.");
    }

    /// <summary>Rows of the training window before the bar; on another symbol all rows before it.</summary>
    private static int[] Background(TrainedModel model, BarSeries bars, bool[] ready, int bar)
    {
        var isOwn = bars.Symbol == model.Manifest.Symbol || model.Trained.Strategy.TrainingData.Symbols.Contains(bars.Symbol);
        var times = bars.Times.ToArray();
        int[] before = [.. Enumerable.Range(0, bar + 1).Where(i => ready[i])];
        int[] trained = [.. before.Where(i => times[i] >= model.Manifest.TrainingStart && times[i] <= model.Manifest.TrainingEnd)];
        return isOwn && trained.Length > 0 ? trained : before;
    }

    private static int? OutputOf(string? name, IReadOnlyList<string> outputs)
    {
        if (name is null)
        {
            return null;
        }

        for (var k = 0; k < outputs.Count; k++)
        {
            if (outputs[k] == name)
            {
                return k;
            }
        }

        throw new OperationFailedException(ErrorCodes.InvalidField, $"output is '{name}'; allowed: {string.Join(", ", outputs)}.");
    }

    private static int IndexOf(IReadOnlyList<BarSeries> symbols, string symbol)
    {
        for (var i = 0; i < symbols.Count; i++)
        {
            if (symbols[i].Symbol == symbol)
            {
                return i;
            }
        }

        return 0;
    }
}
