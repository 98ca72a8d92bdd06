namespace Ktrdr.Engine.Learning.Explaining;

/// <summary>What the network says where some features are those of the decision's row and the others those of a background row.</summary>
internal sealed class CoalitionGame
{
    private const int Batch = 512;

    private readonly Network _network;
    private readonly float[] _matrix;
    private readonly int[] _background;
    private readonly int _row;
    private readonly int _output;
    private readonly int _length;
    private readonly float[] _windows;
    private readonly float[] _outputs;

    public CoalitionGame(Network network, float[] matrix, int row, int[] background, int output)
    {
        _network = network;
        _matrix = matrix;
        _background = background;
        _row = row;
        _output = output;
        _length = network.Shape.SequenceLength;
        Features = network.Shape.Inputs;
        _windows = new float[Batch * _length * Features];
        _outputs = new float[Batch * network.Shape.Outputs];
        var everything = Enumerable.Repeat(true, Features).ToArray();
        Value = Evaluate([(everything, 0)])[0];
        Expected = Mean(new bool[Features]);
    }

    public int Features { get; }

    public int Background => _background.Length;

    /// <summary>All features known.</summary>
    public double Value { get; }

    /// <summary>None known: the mean over the background.</summary>
    public double Expected { get; }

    /// <summary>Mean over the background rows with the chosen features known.</summary>
    public double Mean(bool[] known) => Evaluate([.. Enumerable.Range(0, _background.Length).Select(b => (known, b))]).Sum() / _background.Length;

    /// <summary>For each pair of known features and place in the background the network's output.</summary>
    public double[] Evaluate(IReadOnlyList<(bool[] Known, int Background)> coalitions)
    {
        var values = new double[coalitions.Count];
        for (var first = 0; first < values.Length; first += Batch)
        {
            var count = Math.Min(Batch, values.Length - first);
            for (var i = 0; i < count; i++)
            {
                Mix(coalitions[first + i].Known, _background[coalitions[first + i].Background], _windows.AsSpan(i * _length * Features, _length * Features));
            }

            Predict(count);
            for (var i = 0; i < count; i++)
            {
                values[first + i] = _outputs[(i * _network.Shape.Outputs) + _output];
            }
        }

        return values;
    }

    /// <summary>Windows lie one after another: only the last row of each is a prediction.</summary>
    private void Predict(int count)
    {
        if (_length == 1)
        {
            _network.Predict(_windows, count, _outputs);
            return;
        }

        var width = _network.Shape.Outputs;
        for (var i = 0; i < count; i++)
        {
            _network.Predict(_windows.AsSpan(i * _length * Features, _length * Features), _length - 1, 1, _outputs.AsSpan(i * width, width));
        }
    }

    private void Mix(bool[] known, int other, Span<float> window)
    {
        for (var step = 0; step < _length; step++)
        {
            var own = _matrix.AsSpan((_row - _length + 1 + step) * Features, Features);
            var unknown = _matrix.AsSpan((other - _length + 1 + step) * Features, Features);
            for (var c = 0; c < Features; c++)
            {
                window[(step * Features) + c] = known[c] ? own[c] : unknown[c];
            }
        }
    }
}
