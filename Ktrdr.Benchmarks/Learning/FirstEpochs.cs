using System.Diagnostics;
using System.Globalization;
using Ktrdr.Engine.Learning;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>Speed of the second epoch of a fresh process as a share of the steady state: shows a slow start of the JIT.</summary>
public sealed class FirstEpochs : Benchmark
{
    /// <summary>The hidden argument under which this program measures one fresh start.</summary>
    public const string Argument = "--epoch-2-share";

    private const int Rows = 50_000;

    public override string Name => "train_mlp_epoch_2_share";

    public override string Unit => "% of steady";

    public override string Measures => "Speed of the second epoch of 50 000 samples in a fresh process, batch 256, as a share of the median after the tenth";

    public override Target? Target => new(80);

    public override int WarmUps => 0;

    public override int Repetitions => 5;

    public override double Measure() => double.Parse(OwnProcess.Run(Argument), CultureInfo.InvariantCulture);

    /// <summary>In percent, of one training in this process.</summary>
    public static double Share()
    {
        var seconds = new List<double>();
        var set = ReferenceTraining.Set(Rows);
        var last = Stopwatch.GetTimestamp();
        Trainer.Train(set, ReferenceTraining.Shape, ReferenceTraining.Options(256, 25), null, (_, _) =>
        {
            var now = Stopwatch.GetTimestamp();
            seconds.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
            last = now;
        }, CancellationToken.None);
        var steady = seconds.Skip(10).Order().ElementAt((seconds.Count - 10) / 2);
        return 100 * steady / seconds[1];
    }
}
