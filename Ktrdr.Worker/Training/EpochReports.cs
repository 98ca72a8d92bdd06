using System.Diagnostics;
using Ktrdr.Contracts.Operations;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Runs;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Training;

/// <summary>Tells the host about every epoch of every seed: metrics always, progress at most a few times a second, and a state to go on from.</summary>
/// <param name="resumed">What an earlier attempt reached; null where there was none.</param>
/// <param name="end">Percent of the operation that is done after the last epoch.</param>
internal sealed class EpochReports(OperationContext context, TrainingRun run, SeedCheckpoint? resumed, double end)
{
    private const double Begin = 5;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly int[] _done = resumed is null ? new int[run.Seeds.Count] : [.. resumed.Checkpoints.Select(c => c?.Epoch ?? 0)];
    private long _reported;
    private int _epochsHere;

    /// <summary>Where the training stands; null before the first epoch.</summary>
    public SeedCheckpoint? Latest { get; private set; } = resumed;

    /// <summary>Called once, when every seed has trained.</summary>
    public void Finished() => TrainingMetrics.Trained((long)_epochsHere * run.Fold.Rows.Train.Length, Stopwatch.GetElapsedTime(_began));

    /// <summary>Called by one seed at a time.</summary>
    public void OnEpoch(SeedEpoch seed, Func<SeedCheckpoint> checkpoint)
    {
        var (epoch, all) = (seed.Report, run.Options.Epochs * run.Seeds.Count);
        _epochsHere++;
        TrainingMetrics.EpochTrained(run.Fold.Rows.Train.Length);
        _done[seed.Index] = epoch.Epoch;
        var suffix = run.Seeds.Count == 1 ? "" : $".seed_{seed.Seed}";
        context.ReportMetric($"train_loss{suffix}", epoch.Epoch, epoch.TrainLoss);
        context.ReportMetric($"validation_loss{suffix}", epoch.Epoch, epoch.ValidationLoss ?? double.NaN);
        context.ReportMetric($"validation_accuracy{suffix}", epoch.Epoch, epoch.ValidationAccuracy ?? double.NaN);
        Latest = checkpoint();
        context.OfferCheckpoint(new TrainingCheckpoint(Latest, null).ToBytes, $"epoch {epoch.Epoch}");
        if (_reported != 0 && Stopwatch.GetElapsedTime(_reported) < Interval && epoch.Epoch < run.Options.Epochs)
        {
            return;
        }

        _reported = Stopwatch.GetTimestamp();
        var seconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        var figures = new Dictionary<string, double> { ["train_loss"] = epoch.TrainLoss };
        if (epoch.ValidationLoss is { } loss)
        {
            figures["validation_loss"] = loss;
        }

        var done = _done.Sum();
        var which = run.Seeds.Count == 1 ? "" : $" of seed {seed.Seed}";
        context.Report(new OperationProgress(Begin + ((end - Begin) * done / all), $"epoch {epoch.Epoch} of at most {run.Options.Epochs}{which}")
        {
            ItemsDone = done,
            ItemsTotal = all,
            CurrentItem = $"epoch {epoch.Epoch}{which}",
            Rate = (double)_epochsHere * run.Fold.Rows.Train.Length / seconds,
            EtaSeconds = seconds / _epochsHere * (all - done),
            Context = figures,
        });
    }
}
