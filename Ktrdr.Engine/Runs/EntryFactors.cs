using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Explaining;
using Ktrdr.Engine.Learning.Tsk;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// Why positions were opened, cheap enough for every trade of a run: a tsk network's rules that weighed most; for other networks the features without which the output that decided would
/// have been weaker. A feature is taken away by setting it to 0: no membership, or for a z-score the mean. <see cref="Explanation"/> tells the whole of one decision.
/// </summary>
public sealed class EntryFactors : IDisposable
{
    /// <summary>Factors kept per entry.</summary>
    public const int Most = 3;

    private readonly TrainedStrategy _trained;
    private readonly FeatureStream _stream;
    private readonly Network _network;
    private readonly IReadOnlyList<string> _outputs;

    /// <summary>Computes the symbol's indicators; their memory is held until <see cref="Dispose"/>.</summary>
    /// <param name="inputs">Bars and context of the symbol, as for the run.</param>
    /// <param name="seed">Place in the strategy's seeds.</param>
    public EntryFactors(TrainedStrategy trained, FeatureInputs inputs, string baseTimeframe, int seed)
    {
        _trained = trained;
        _network = trained.Seeds[seed].Network;
        _stream = FeatureStream.Open(trained.Strategy, inputs, baseTimeframe, trained.Normalization);
        _outputs = trained.Strategy.Decisions.OutputFormat.Names();
    }

    /// <summary>Hands the memory of the indicators back; no more can be asked.</summary>
    public void Dispose() => _stream.Dispose();

    /// <summary>What weighed most at the close of a bar, the heaviest first, at most <see cref="Most"/>.</summary>
    /// <param name="bar">A bar at whose close a position was decided.</param>
    public IReadOnlyList<DecisionFactor> Of(int bar, PositionSide side)
    {
        var rows = _trained.SequenceLength;
        var matrix = new float[rows * _stream.Columns];
        _stream.Fill(bar - rows + 1, matrix, new bool[rows]);
        var output = _trained.Strategy.Decisions.OutputFormat == OutputFormat.Regression ? 0 : (int)(side == PositionSide.Long ? Signal.Buy : Signal.Sell);
        return _network is TskNetwork tsk ? Rules(tsk, matrix, output) : Features(matrix, rows, output, side);
    }

    private IReadOnlyList<DecisionFactor> Rules(TskNetwork network, float[] row, int output) =>
        [.. FiredRule.Of(network, row, output, _outputs, _trained.Normalization).Take(Most).Select(rule => new DecisionFactor(rule.Sentence, rule.Contribution))];

    private IReadOnlyList<DecisionFactor> Features(float[] matrix, int rows, int output, PositionSide side)
    {
        var sign = _network.Shape.Outputs == 1 ? (int)side : 1;
        var whole = sign * Predict(matrix, rows, output);
        var factors = new List<DecisionFactor>();
        var without = new float[rows];
        for (var c = 0; c < _stream.Columns; c++)
        {
            for (var r = 0; r < rows; r++)
            {
                (without[r], matrix[(r * _stream.Columns) + c]) = (matrix[(r * _stream.Columns) + c], 0);
            }

            factors.Add(new DecisionFactor(_stream.Names[c], whole - (sign * Predict(matrix, rows, output))));
            for (var r = 0; r < rows; r++)
            {
                matrix[(r * _stream.Columns) + c] = without[r];
            }
        }

        return [.. factors.Where(f => f.Weight != 0).OrderByDescending(f => Math.Abs(f.Weight)).ThenBy(f => f.Name, StringComparer.Ordinal).Take(Most)];
    }

    private double Predict(float[] matrix, int rows, int output)
    {
        Span<float> outputs = stackalloc float[_network.Shape.Outputs];
        _network.Predict(matrix, rows - 1, 1, outputs);
        return outputs[output];
    }
}
