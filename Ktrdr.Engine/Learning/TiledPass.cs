using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// A network's way over chosen rows of its training set, one tile after the other: the gradient of a batch, and the loss on the rows that validate. Sums are in the order of
/// the rows, so that they depend on neither the machine nor what ran before. One thread at a time.
/// </summary>
/// <param name="lossWeights">What each row's loss counts, see <see cref="LossWeights"/>.</param>
/// <param name="cancellation">Looked at before every tile, and more often inside tiles that take long.</param>
internal sealed unsafe class TiledPass(TrainingSet set, Network network, float[] lossWeights, TrainerOptions options, CancellationToken cancellation)
{
    private readonly GradientPass _pass = Start(network, cancellation);
    private readonly LossFunction _loss = LossFunction.Of(options);
    private readonly ulong _dropoutKey = Generator.Derive(options.Seed, "dropout");

    /// <summary>∂ Σ w·loss / ∂ parameter over what <see cref="AddGradient"/> was given since it was last cleared, laid out as the parameters.</summary>
    public AlignedFloats Gradient { get; } = new(network.Parameters.Length);

    /// <summary>Length of the gradient vector, before it is divided by the weights.</summary>
    public float GradientNorm => MathF.Sqrt(Kernels.GradientNorm.SumOfSquares(Gradient.Pointer, Gradient.Length));

    /// <summary>Called after every change of the network's parameters.</summary>
    public void ParametersChanged() => _pass.ParametersChanged(network.Parameters.Pointer);

    /// <summary>Adds the gradient of a batch, with dropout.</summary>
    /// <param name="order">All rows of the epoch; those behind the batch are only asked for early.</param>
    /// <param name="start">Where the batch begins in <paramref name="order"/>.</param>
    /// <param name="count">Rows of the batch.</param>
    /// <param name="step">The optimiser step, which decides what is dropped.</param>
    public LossTally AddGradient(ReadOnlySpan<int> order, int start, int count, long step)
    {
        var tally = default(LossTally);
        var parameters = network.Parameters.Pointer;
        var dropout = new DropoutStream(network.Shape.DropoutRate, _dropoutKey, step, _pass.RowPitch);
        for (var first = 0; first < count; first += _pass.TileRows)
        {
            cancellation.ThrowIfCancellationRequested();
            _pass.LoadRows(set, lossWeights, order.Slice(start + first, Math.Min(_pass.TileRows, count - first)));
            _pass.Prefetch(set, lossWeights, UpTo(_pass.TileRows, order[Math.Min(start + first + _pass.TileRows, order.Length)..]));
            _pass.Forward(parameters, dropout, first);
            _pass.Loss(_loss, ref tally, null);
            _pass.Backward(parameters, Gradient.Pointer);
        }

        return tally;
    }

    /// <summary>Loss and hits on the validation rows, without dropout.</summary>
    /// <param name="predicted">One per output, incremented per row at its greatest output.</param>
    public LossTally Validate(long[] predicted)
    {
        var tally = default(LossTally);
        fixed (long* counts = predicted)
        {
            for (ReadOnlySpan<int> left = set.ValidationRows; left.Length > 0; left = left[Math.Min(_pass.TileRows, left.Length)..])
            {
                cancellation.ThrowIfCancellationRequested();
                _pass.LoadRows(set, lossWeights, UpTo(_pass.TileRows, left));
                _pass.Infer(network.Parameters.Pointer);
                _pass.Loss(_loss, ref tally, counts);
            }
        }

        return tally;
    }

    private static GradientPass Start(Network network, CancellationToken cancellation)
    {
        var pass = network.CreatePass(training: true);
        pass.Cancellation = cancellation;
        pass.ParametersChanged(network.Parameters.Pointer);
        return pass;
    }

    private static ReadOnlySpan<int> UpTo(int count, ReadOnlySpan<int> rows) => rows[..Math.Min(count, rows.Length)];
}
