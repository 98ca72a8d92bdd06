using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Ktrdr.Worker.MarketData;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class TrainingJobTests
{
    private const int Bars = 4000;

    /// <summary>Without its own seed, so that the request's decides.</summary>
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "strategies", "eurusd_reversion_1h.yaml")).Replace("\nseed: 7", "", StringComparison.Ordinal);

    [Fact]
    public void Of_TrainWindow_UsesNoRowWhoseLabelLeavesIt()
    {
        var pinned = Pinned(1);
        var plan = TrainingJob.Of(Request(), Stored(), new RunMarket(pinned, []));
        var window = pinned.Dataset.Windows[0];
        var labels = Labeler.Compute(plan.Run.Strategy.Training.Labels, plan.Market.Primary);

        Assert.Equal(window.Bars, plan.Market.Primary.Count);
        Assert.All(plan.Run.Fold.Rows.Train.Concat(plan.Run.Fold.Rows.Validation), row => Assert.InRange(labels.End[row], row, window.Bars - 1));
        Assert.All(plan.Run.Fold.Rows.Train, row => Assert.True(labels.End[row] < plan.Run.Fold.Rows.Validation[0]));
        Assert.All(plan.Run.Fold.Rows.Train.Concat(plan.Run.Fold.Rows.Validation), row => Assert.True(plan.Run.Features.IsReady[row]));
    }

    [Fact]
    public void Of_TrainWindow_ValidatesOnItsLastFifthBehindAnEmbargo()
    {
        var plan = TrainingJob.Of(Request(), Stored(), Market(1));

        Assert.InRange(plan.Run.Fold.Rows.Validation[0], Bars / 2 * 4 / 5, (Bars / 2 * 4 / 5) + 5);
        Assert.True(plan.Run.Fold.Rows.Validation[0] - plan.Run.Fold.Rows.Train[^1] > plan.Run.Features.LongestLookBack);
        Assert.True(plan.Run.Fold.Rows.Validation[0] - plan.Run.Fold.Rows.Train[^1] >= Bars / 2 / 100);
    }

    [Fact]
    public void Train_BarsAfterTheWindowDiffer_GivesTheSameWeights()
    {
        var pinned = Pinned(1);
        var bars = pinned.Bars;
        var close = bars.Close.ToArray();
        var high = bars.High.ToArray();
        for (var i = pinned.Dataset.Windows[0].Bars; i < close.Length; i++)
        {
            (close[i], high[i]) = (close[i] * 2, high[i] * 2);
        }

        var other = pinned with { Bars = new BarSeries(bars.Symbol, bars.Timeframe, bars.Times.ToArray(), bars.Open.ToArray(), high, bars.Low.ToArray(), close, bars.Volume.ToArray()) };

        Assert.Equal(Train(pinned).WeightsHash, Train(other).WeightsHash);
    }

    [Fact]
    public void Files_OfEqualTrainings_AreEqualToTheByte()
    {
        var (first, second) = (Files(Request()), Files(Request()));

        Assert.Equal(first.Manifest, second.Manifest);
        Assert.Equal(first.Weights, second.Weights);
        Assert.NotEqual(first.Weights, Files(Request() with { Seed = 2 }).Weights);
    }

    [Fact]
    public void Of_DocumentWithASeed_ItDecides()
    {
        var stored = Stored() with { Document = Document + "\nseed: 7\n" };

        Assert.Equal([7UL], TrainingJob.Of(Request() with { Seed = 3, Seeds = [4, 5] }, stored, Market(1)).Run.Seeds);
        Assert.Equal([3UL], TrainingJob.Of(Request() with { Seed = 3 }, Stored(), Market(1)).Run.Seeds);
        Assert.Equal([4UL, 5], TrainingJob.Of(Request() with { Seed = 3, Seeds = [4, 5] }, Stored(), Market(1)).Run.Seeds);
    }

    [Fact]
    public void Of_DroppedInput_LeavesItsFeaturesOut()
    {
        var whole = TrainingJob.Of(Request(), Stored(), Market(1));
        var dropped = whole.Run.Strategy.Inputs[0].FuzzySet!;

        var plan = TrainingJob.Of(Request() with { DroppedInputs = [dropped] }, Stored(), Market(1));

        Assert.Equal(whole.Run.Features.Names.Where(name => !name.StartsWith($"1h_{dropped}_", StringComparison.Ordinal)), plan.Run.Features.Names);
        Assert.Equal(plan.Run.Features.Names.Count, plan.Run.Shape.Inputs);
        Assert.DoesNotContain(plan.Run.Strategy.Inputs, input => input.FuzzySet == dropped);
    }

    [Fact]
    public void Of_UnknownDroppedInput_NamesWhatIsAllowed()
    {
        var refused = Assert.Throws<OperationFailedException>(() => TrainingJob.Of(Request() with { DroppedInputs = ["nonsense"] }, Stored(), Market(1)));

        Assert.StartsWith("dropped_inputs has 'nonsense'; allowed: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_EveryInputDropped_IsRefused()
    {
        var names = StrategyReader.Parse(Document).Inputs.Select(i => i.FuzzySet ?? i.RawIndicator!.ToString()).ToList();

        Assert.Throws<OperationFailedException>(() => TrainingJob.Of(Request() with { DroppedInputs = names }, Stored(), Market(1)));
    }

    [Fact]
    public void Range_IntoSealedBars_IsRefusedWithTheBorder()
    {
        var pinned = Pinned(1);

        var refused = Assert.Throws<OperationFailedException>(() => pinned.Range(pinned.Dataset.FirstTime, pinned.Dataset.SealedFrom.AddHours(1)));

        Assert.Equal("sealed", refused.Code);
        Assert.Contains(pinned.Dataset.SealedFrom.UtcDateTime.ToString("O"), refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("validation", 0.5, 0.15)]
    [InlineData("test", 0.65, 0.15)]
    public void Range_Window_IsItsBars(string name, double from, double share)
    {
        var (start, end) = Pinned(1).Range(name, null, null);

        Assert.Equal(((int)(Bars * from), (int)Math.Round(Bars * share)), (start, end - start));
    }

    [Fact]
    public void Range_UnknownWindow_NamesTheKnownOnes()
        => Assert.Equal("window is 'tomorrow'; allowed: train, validation, test, sealed, unsealed, or start and end.", Assert.Throws<OperationFailedException>(() => Pinned(1).Range("tomorrow", null, null)).Message);

    [Fact]
    public void Range_OneDateLeftOut_IsTheWindowsBorderAndTheOtherDateCounts()
    {
        var pinned = Pinned(1);
        var middle = pinned.Dataset.FirstTime.AddHours(1000);

        Assert.Equal((0, 1000), pinned.Range("train", null, middle));
        Assert.Equal((1000, Bars / 2), pinned.Range("train", middle, null));
        Assert.Equal((1000, pinned.Bars.Count), pinned.Range(null, middle, null));
        Assert.Equal((0, 1000), pinned.Range(null, null, middle));
    }

    [Fact]
    public void Of_UniquenessWeights_KnowTheirOwnPartOnly()
    {
        var document = Document.Replace("vol_span: 50}", "vol_span: 50, compute_weights: true}", StringComparison.Ordinal);
        var plan = TrainingJob.Of(Request(), Stored() with { Document = document }, Market(1));
        var labels = Labeler.Compute(plan.Run.Strategy.Training.Labels, plan.Market.Primary);

        Assert.Equal(UniquenessWeights.Of(labels, plan.Run.Fold.Rows.Train), plan.Run.Fold.Rows.Train.Select(row => plan.Run.Set.Weights![row]));
        Assert.Equal(1, plan.Run.Fold.Rows.Train.Average(row => plan.Run.Set.Weights![row]), 4);
    }

    [Fact]
    public void Train_RegressionOnAPlantedMarket_FindsTheEdgeInItsOwnUnit()
    {
        const string document = """
            name: planted
            version: "3.1"
            training_data: {symbols: {mode: single, symbol: SYNTH}, timeframes: {mode: single, timeframe: 1h}}
            indicators:
              roc_5: {type: roc, period: 5}
            fuzzy_sets:
              push:
                indicator: roc_5
                falling: {type: trapezoidal, parameters: [-50, -50, -1.2, 0]}
                rising: {type: trapezoidal, parameters: [0, 1.2, 50, 50]}
            nn_inputs:
              - {fuzzy_set: push}
            model: {type: mlp, architecture: {hidden_layers: [8], activation: tanh, dropout: 0}}
            decisions: {output_format: regression, cost_model: {round_trip_cost: 0.0002, min_edge_multiplier: 1}}
            training: {labels: {source: forward_return, horizon: 3}, loss: huber, epochs: 12, batch_size: 128, learning_rate: 0.001}
            """;
        var plan = TrainingJob.Of(Request() with { Epochs = null }, Stored() with { Document = document }, new RunMarket(Pinned(SyntheticMarket.Planted(5, 20_000)), []));
        var losses = new List<double>();
        var outcome = plan.Run.Train(1, null, (epoch, _) => losses.Add(epoch.Report.TrainLoss)).Outcomes[0];
        var predicted = new float[2];
        outcome.Network.Predict([1, 0, 0, 1], 2, predicted);

        // Three bars of a tenth of a standard deviation of 0.4 % each, less what dies away of the condition.
        Assert.InRange(predicted[0], 0.0003f, 0.003f);
        Assert.InRange(predicted[1], -0.003f, -0.0003f);
        Assert.All(losses, loss => Assert.InRange(loss, 1e-6, 1e-4));
        Assert.Equal(losses, outcome.History.Select(e => e.TrainLoss));

        // Stopped after the fourth epoch and gone on with: the same bits, in the same unit.
        SeedCheckpoint? fourth = null;
        plan.Run.Train(1, null, (epoch, checkpoint) => fourth = epoch.Report.Epoch == 4 ? checkpoint() : fourth);
        var resumed = plan.Run.Train(1, SeedCheckpoint.FromBytes(fourth!.ToBytes())).Outcomes[0];
        Assert.Equal(outcome.WeightsHash, resumed.WeightsHash);
        Assert.Equal(losses, resumed.History.Select(e => e.TrainLoss));
    }

    private static TrainingRequest Request() => new() { Strategy = "s", Epochs = 3 };

    private static StrategyVersion Stored() => new() { Name = "s", Version = 1, Hash = StrategyHash.Of(StrategyReader.Parse(Document)), Document = Document, Author = "test" };

    private static TrainingOutcome Train(PinnedBars pinned) => TrainingJob.Of(Request(), Stored(), new RunMarket(pinned, [])).Run.Train(1).Outcomes[0];

    private static ModelFiles Files(TrainingRequest request)
    {
        var plan = TrainingJob.Of(request, Stored(), Market(1));
        return ModelFiles.Of(plan, plan.Run.Seeds[0], plan.Run.Train(1).Outcomes[0]);
    }

    private static RunMarket Market(ulong seed) => new(Pinned(seed), []);

    private static PinnedBars Pinned(ulong seed) => Pinned(SyntheticMarket.Null(seed, Bars, "EURUSD", Timeframe.Parse("1h")));

    private static PinnedBars Pinned(BarSeries all)
    {
        var dataset = DatasetDescription.Of(new LoadedBars(all, [], "test", Synthetic: true, External: false), DateTimeOffset.UnixEpoch);
        return new PinnedBars(dataset, all.Slice(0, dataset.UnsealedBars));
    }
}
