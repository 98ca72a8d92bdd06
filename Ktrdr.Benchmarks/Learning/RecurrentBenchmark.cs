using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Recurrent;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>Windows per second of training an LSTM.</summary>
public sealed class RecurrentBenchmark : Benchmark
{
    private const int Rows = 4_000;
    private const int Batch = 256;
    private static readonly RecurrentShape Shape = new(RecurrentCell.Lstm, ReferenceTraining.Columns, 32, 1, 20, 3, 0.2f);
    private readonly List<double> _epochs = [];
    private int _next;

    public override string Name => "train_lstm_b256";

    public override string Unit => "samples/s";

    public override string Measures => "Whole epochs of an LSTM with 30 inputs, 32 hidden units and windows of 20 bars, batch 256";

    public override double Measure()
    {
        if (_epochs.Count == 0)
        {
            var source = ReferenceTraining.Set(Rows);
            var set = new TrainingSet(source.Features, ReferenceTraining.Columns, source.Classes, null, source.TrainRows[(Shape.SequenceLength - 1)..], []);
            var last = Clock.Seconds;
            Trainer.Train(set, Shape, ReferenceTraining.Options(Batch, WarmUps + Repetitions), null, (_, _) =>
            {
                var now = Clock.Seconds;
                _epochs.Add(set.TrainRows.Length / (now - last));
                last = now;
            }, CancellationToken.None);
        }

        return _epochs[_next++];
    }
}
