using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Research;
using Ktrdr.ServiceDefaults.Telemetry;

namespace Ktrdr.Api.Research;

internal static class ResearchMetrics
{
    private const string Training = "training";
    private const string Backtest = "backtest";

    private static readonly Meter Meter = KtrdrTelemetry.Meter("Research");

    private static readonly Counter<long> Gates = Meter.CreateCounter<long>("ktrdr.research.gates", description: "Experiments that came to a gate, by gate and result.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "ktrdr.research.experiment.duration", "s", "From an experiment's creation to its end, by the phase it ended in.", advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400],
        });

    public static void StartAtZero()
    {
        foreach (var gate in new[] { Training, Backtest })
        {
            Gates.Add(0, Tags(gate, passed: true));
            Gates.Add(0, Tags(gate, passed: false));
        }
    }

    /// <summary>Counts what a step brought that was not there before it.</summary>
    public static void Moved(Experiment before, Experiment after)
    {
        // An experiment keeps the gate that stopped it; that it passed one is told by where it goes on.
        if (after.Gate is { } gate && gate != before.Gate)
        {
            Gates.Add(1, Tags(gate.Gate, gate.Passed));
        }
        else if (after.Gate is null && (before.Phase, after.Phase) is (ExperimentPhase.Training, ExperimentPhase.Backtesting))
        {
            Gates.Add(1, Tags(Training, passed: true));
        }
        else if (after.Gate is null && (before.Phase, after.Phase) is (ExperimentPhase.Backtesting, ExperimentPhase.Assessing))
        {
            Gates.Add(1, Tags(Backtest, passed: true));
        }

        if (after.FinishedAt is { } finished && before.FinishedAt is null)
        {
            Duration.Record((finished - after.CreatedAt).TotalSeconds, new KeyValuePair<string, object?>("phase", KtrdrJson.Word(after.Phase)));
        }
    }

    private static TagList Tags(string gate, bool passed) => new() { { "gate", gate }, { "result", passed ? "passed" : "stopped" } };
}
