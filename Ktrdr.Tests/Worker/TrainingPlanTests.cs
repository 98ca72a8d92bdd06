using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Ktrdr.Worker.MarketData;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class TrainingPlanTests
{
    private const int Bars = 4000;

    /// <summary>Without its own seed, so that the request's decides.</summary>
    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "strategies", "eurusd_reversion_1h.yaml")).Replace("\nseed: 7", "", StringComparison.Ordinal);

    [Fact]
    public void Of_TrainWindow_UsesNoRowWhoseLabelLeavesIt()
    {
        var pinned = Pinned(1);
        var plan = TrainingPlan.Of(Request(), Stored(), pinned);
        var window = pinned.Dataset.Windows[0];
        var labels = Labeler.Compute(plan.Strategy.Training.Labels, plan.Bars);

        Assert.Equal(window.Bars, plan.Bars.Count);
        Assert.All(plan.Split.Train.Concat(plan.Split.Validation), row => Assert.InRange(labels.End[row], row, window.Bars - 1));
        Assert.All(plan.Split.Train, row => Assert.True(labels.End[row] < plan.Split.Validation[0]));
        Assert.All(plan.Split.Train.Concat(plan.Split.Validation), row => Assert.True(plan.Features.IsReady[row]));
    }

    [Fact]
    public void Of_TrainWindow_ValidatesOnItsLastFifthBehindAnEmbargo()
    {
        var plan = TrainingPlan.Of(Request(), Stored(), Pinned(1));

        Assert.InRange(plan.Split.Validation[0], Bars / 2 * 4 / 5, (Bars / 2 * 4 / 5) + 5);
        Assert.True(plan.Split.Validation[0] - plan.Split.Train[^1] > plan.Features.LongestLookBack);
        Assert.True(plan.Split.Validation[0] - plan.Split.Train[^1] >= Bars / 2 / 100);
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
        Assert.Equal(first.Strategy, second.Strategy);
        Assert.NotEqual(first.Weights, Files(Request() with { Seed = 2 }).Weights);
    }

    [Fact]
    public void Of_DocumentWithASeed_ItDecides()
    {
        var stored = Stored() with { Document = Document + "\nseed: 7\n" };

        Assert.Equal(7, TrainingPlan.Of(Request() with { Seed = 3 }, stored, Pinned(1)).Seed);
        Assert.Equal(3, TrainingPlan.Of(Request() with { Seed = 3 }, Stored(), Pinned(1)).Seed);
    }

    [Fact]
    public void Of_DroppedInput_LeavesItsFeaturesOut()
    {
        var whole = TrainingPlan.Of(Request(), Stored(), Pinned(1));
        var dropped = whole.Strategy.Inputs[0].FuzzySet!;

        var plan = TrainingPlan.Of(Request() with { DroppedInputs = [dropped] }, Stored(), Pinned(1));

        Assert.Equal(whole.Features.Names.Where(name => !name.StartsWith($"1h_{dropped}_", StringComparison.Ordinal)), plan.Features.Names);
        Assert.Equal(plan.Features.Names.Count, plan.Shape.Inputs);
        Assert.DoesNotContain(plan.Strategy.Inputs, input => input.FuzzySet == dropped);
    }

    [Fact]
    public void Of_UnknownDroppedInput_NamesWhatIsAllowed()
    {
        var refused = Assert.Throws<OperationFailedException>(() => TrainingPlan.Of(Request() with { DroppedInputs = ["nonsense"] }, Stored(), Pinned(1)));

        Assert.StartsWith("dropped_inputs has 'nonsense'; allowed: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_EveryInputDropped_IsRefused()
    {
        var names = StrategyReader.Parse(Document).Inputs.Select(i => i.FuzzySet ?? i.RawIndicator!.ToString()).ToList();

        Assert.Throws<OperationFailedException>(() => TrainingPlan.Of(Request() with { DroppedInputs = names }, Stored(), Pinned(1)));
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
        => Assert.Equal("window is 'tomorrow'; allowed: train, validation, test, sealed, or start and end.", Assert.Throws<OperationFailedException>(() => Pinned(1).Range("tomorrow", null, null)).Message);

    private static TrainingRequest Request() => new() { Strategy = "s", Epochs = 3 };

    private static StrategyVersion Stored() => new() { Name = "s", Version = 1, Hash = StrategyHash.Of(StrategyReader.Parse(Document)), Document = Document, Author = "test" };

    private static TrainingOutcome Train(PinnedBars pinned)
    {
        var plan = TrainingPlan.Of(Request(), Stored(), pinned);
        return Trainer.Train(plan.Set, plan.Shape, plan.Options, null, null, CancellationToken.None);
    }

    private static ModelFiles Files(TrainingRequest request)
    {
        var plan = TrainingPlan.Of(request, Stored(), Pinned(1));
        return ModelFiles.Of(plan, Trainer.Train(plan.Set, plan.Shape, plan.Options, null, null, CancellationToken.None));
    }

    private static PinnedBars Pinned(ulong seed)
    {
        var all = SyntheticMarket.Null(seed, Bars, "EURUSD", Timeframe.Parse("1h"));
        var dataset = DatasetDescription.Of(all, [], "test", synthetic: true, DateTimeOffset.UnixEpoch);
        return new PinnedBars(dataset, all.Slice(0, dataset.UnsealedBars));
    }
}
