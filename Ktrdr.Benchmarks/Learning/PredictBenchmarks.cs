using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;

namespace Ktrdr.Benchmarks.Learning;

/// <summary>Probabilities for 100 000 rows at once.</summary>
public sealed class PredictBatched : Benchmark
{
    private const int Rows = 100_000;
    private readonly Network _network = Network.Initialize(ReferenceTraining.Shape, 1);
    private readonly float[] _outputs = new float[Rows * 3];
    private float[] _features = [];

    public override string Name => "predict_mlp";

    public override string Unit => "rows/s";

    public override string Measures => "Probabilities of 30-64-32-3 for 100 000 rows at once";

    public override Target? Target => new(8e6);

    public override Peer? Peer => new("PyTorch 1.13, batched", 100_000 / 0.042);

    public override int WarmUps => 30;

    public override int Repetitions => 31;

    public override void Prepare() => _features = ReferenceTraining.Set(Rows).Features;

    public override double Measure() => PerSecond(Rows, () => _network.Predict(_features, Rows, _outputs));
}

/// <summary>Probabilities row by row, as a bar-by-bar simulation asks for them.</summary>
public sealed class PredictSingle : Benchmark
{
    private const int Rows = 100_000;
    private readonly Network _network = Network.Initialize(ReferenceTraining.Shape, 1);
    private readonly float[] _outputs = new float[3];
    private float[] _features = [];

    public override string Name => "predict_mlp_single";

    public override string Unit => "rows/s";

    public override string Measures => "The same row by row, as a bar-by-bar simulation asks";

    public override Target? Target => new(4e6);

    public override Peer? Peer => new("PyTorch 1.13, single row", 1 / 19.8e-6);

    public override int WarmUps => 10;

    public override int Repetitions => 15;

    public override void Prepare() => _features = ReferenceTraining.Set(Rows).Features;

    public override double Measure() => PerSecond(Rows, () =>
    {
        for (var r = 0; r < Rows; r++)
        {
            _network.Predict(_features.AsSpan(r * ReferenceTraining.Columns, ReferenceTraining.Columns), 1, _outputs);
        }
    });
}
