using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// Turns a layer's sums into activations in place and, for training, leaves the derivative (with the dropout mask and its scale folded in) beside them, so that
/// the backward pass is one multiplication whatever the activation.
/// </summary>
internal static unsafe class ActivationPass
{
    /// <summary>Activations only, as in prediction and validation.</summary>
    public static void Run(Activation activation, float* a, int stride, int rows, int columns)
    {
        switch (activation)
        {
            case Activation.Relu:
                Infer<Relu>(a, stride, rows, columns);
                break;
            case Activation.LeakyRelu:
                Infer<LeakyRelu>(a, stride, rows, columns);
                break;
            case Activation.Tanh:
                Infer<Tanh>(a, stride, rows, columns);
                break;
            default:
                Infer<Sigmoid>(a, stride, rows, columns);
                break;
        }
    }

    /// <summary>Activations and derivatives; <paramref name="dropout"/> with rate 0 drops nothing.</summary>
    /// <param name="firstRow">Index of the tile's first row in its batch: together with the step it decides each unit's fate.</param>
    public static void RunTraining(Activation activation, float* a, float* derivative, int stride, int rows, int columns, in DropoutStream dropout, int firstRow, int layer)
    {
        switch (activation)
        {
            case Activation.Relu:
                Choose<Relu>(a, derivative, stride, rows, columns, dropout, firstRow, layer);
                break;
            case Activation.LeakyRelu:
                Choose<LeakyRelu>(a, derivative, stride, rows, columns, dropout, firstRow, layer);
                break;
            case Activation.Tanh:
                Choose<Tanh>(a, derivative, stride, rows, columns, dropout, firstRow, layer);
                break;
            default:
                Choose<Sigmoid>(a, derivative, stride, rows, columns, dropout, firstRow, layer);
                break;
        }
    }

    private static void Choose<T>(float* a, float* derivative, int stride, int rows, int columns, in DropoutStream dropout, int firstRow, int layer)
        where T : struct, IActivation
    {
        if (dropout.IsActive)
        {
            TrainWithDropout<T>(a, derivative, stride, rows, columns, dropout, firstRow, layer);
        }
        else
        {
            Train<T>(a, derivative, stride, rows, columns);
        }
    }

    private static void Infer<T>(float* a, int stride, int rows, int columns)
        where T : struct, IActivation
    {
        for (var s = 0; s < rows; s++, a += stride)
        {
            for (var n = 0; n < columns; n += 8)
            {
                T.Apply(Vector256.Load(a + n), out _).Store(a + n);
            }
        }
    }

    private static void Train<T>(float* a, float* derivative, int stride, int rows, int columns)
        where T : struct, IActivation
    {
        for (var s = 0; s < rows; s++, a += stride, derivative += stride)
        {
            for (var n = 0; n < columns; n += 8)
            {
                T.Apply(Vector256.Load(a + n), out var slope).Store(a + n);
                slope.Store(derivative + n);
            }
        }
    }

    private static void TrainWithDropout<T>(float* a, float* derivative, int stride, int rows, int columns, in DropoutStream dropout, int firstRow, int layer)
        where T : struct, IActivation
    {
        var scale = Vector256.Create(dropout.Scale);
        var threshold = Vector256.Create(dropout.Threshold);
        for (var s = 0; s < rows; s++, a += stride, derivative += stride)
        {
            var counter = dropout.Counter(layer, firstRow + s);
            for (var n = 0; n < columns; n += 16)
            {
                var bits = dropout.Hash(counter);
                counter += Vector256.Create(8u);
                var kept = Vector256.GreaterThan((bits & Vector256.Create(0xFFFFu)).AsInt32(), threshold).AsSingle();
                T.Drop(Vector256.Load(a + n), kept, scale, out var slope).Store(a + n);
                slope.Store(derivative + n);
                if (n + 8 < columns)
                {
                    kept = Vector256.GreaterThan(Vector256.ShiftRightLogical(bits, 16).AsInt32(), threshold).AsSingle();
                    T.Drop(Vector256.Load(a + n + 8), kept, scale, out slope).Store(a + n + 8);
                    slope.Store(derivative + n + 8);
                }
            }
        }
    }
}
