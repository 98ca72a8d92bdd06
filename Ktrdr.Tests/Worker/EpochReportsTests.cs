using System.Text.Json;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Tests.Runs;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class EpochReportsTests
{
    private static readonly TrainingRun Run = Trainings.RunOf(RunDocuments.Parse(RunDocuments.Reversion), new MarketView(SyntheticMarket.Planted(5, 800, symbol: "SYNTH")), [1, 2]);

    private static readonly OperationDispatch Dispatch = new() { OperationId = "op", Type = "training", Attempt = 2, AttemptToken = "token", Request = JsonDocument.Parse("{}").RootElement };

    [Fact]
    public void OnEpoch_Resumed_CountsTheEpochsOfTheEarlierAttempt()
    {
        SeedCheckpoint? afterThree = null;
        var epochs = Run.Options.Epochs;
        Run.Train(1, onEpoch: (_, take) => afterThree = take() is { Epochs: 3 } state ? state : afterThree);

        using var attempt = new RunningAttemptState(Dispatch, "test-engine", null!, TimeProvider.System);
        var context = new OperationContext(attempt, null, null!, null);
        var reports = new EpochReports(context, Run, afterThree, 97);
        var first = new List<OperationProgress>();
        Run.Train(1, afterThree, (seed, take) =>
        {
            reports.OnEpoch(seed, take);
            first.Add(attempt.Progress!);
        });

        Assert.Equal(4, first[0].ItemsDone);
        Assert.Equal(2 * epochs, first[0].ItemsTotal);
        Assert.Equal(5 + (92.0 * 4 / (2 * epochs)), first[0].Percent, 9);

        Assert.True(first[0].EtaSeconds > 0);
        Assert.Equal((2 * epochs) - 3, first.Count);
        Assert.Equal((2 * epochs, 0.0), (first[^1].ItemsDone, first[^1].EtaSeconds));
    }
}
