using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Learning;

/// <summary>Every vector kernel gives the bits of its scalar oracle.</summary>
public sealed unsafe class KernelTests
{
    private readonly Generator _generator = new(21, "kernels");

    [Theory]
    [InlineData(1, 30, 64)]
    [InlineData(1, 5, 8)]
    [InlineData(1, 33, 120)]
    [InlineData(4, 3, 8)]
    [InlineData(6, 30, 24)]
    [InlineData(8, 7, 16)]
    [InlineData(14, 64, 40)]
    [InlineData(64, 256, 256)]
    public void DenseProduct_AnyShape_HasTheBitsOfTheScalarLoop(int rows, int k, int columns)
    {
        var wRows = Math.Max(4, (k + 1) / 2 * 2);
        var stride = Math.Max(wRows, columns) + 8;
        var x = Random(rows * stride);
        var w = Random(wRows * columns);
        var bias = Random(columns);
        var factor = Random(rows * stride);
        foreach (var scaled in (bool[])[false, true])
        {
            var ours = new AlignedFloats(rows * stride);
            var oracle = new AlignedFloats(rows * stride);
            DenseProduct.Run(x.Pointer, stride, w.Pointer, wRows, bias.Pointer, scaled ? factor.Pointer : null, ours.Pointer, stride, rows, k, columns);
            DenseProduct.RunScalar(x.Pointer, stride, w.Pointer, wRows, bias.Pointer, scaled ? factor.Pointer : null, oracle.Pointer, stride, rows, k, columns);
            AssertSameBits(oracle, ours);
        }
    }

    [Theory]
    [InlineData(Activation.Relu, 1, 120)]
    [InlineData(Activation.Relu, 14, 40)]
    [InlineData(Activation.LeakyRelu, 22, 24)]
    [InlineData(Activation.Tanh, 6, 16)]
    [InlineData(Activation.Sigmoid, 1, 8)]
    public void DenseProduct_Activated_HasTheBitsOfTheScalarLoopAndTheActivation(Activation activation, int rows, int columns)
    {
        const int k = 30;
        var stride = Math.Max(k, columns) + 8;
        AlignedFloats x = Random(rows * stride), w = Random(k * columns), bias = Random(columns), ours = new(rows * stride), oracle = new(rows * stride);
        x.Span[3] = float.NaN;
        DenseProduct.RunActivated(activation, x.Pointer, stride, w.Pointer, k, bias.Pointer, ours.Pointer, stride, rows, k, columns);
        DenseProduct.RunScalar(x.Pointer, stride, w.Pointer, k, bias.Pointer, null, oracle.Pointer, stride, rows, k, columns);
        ActivationPass.Run(activation, oracle.Pointer, stride, rows, columns);
        AssertSameBits(oracle, ours);
        Assert.True(float.IsNaN(ours.Span[0]));
    }

    [Theory]
    [InlineData(4, 4, 8)]
    [InlineData(6, 30, 64)]
    [InlineData(10, 18, 24)]
    [InlineData(64, 12, 8)]
    [InlineData(34, 256, 256)]
    public void WeightGradient_AnyShape_HasTheBitsOfTheScalarLoop(int rows, int wRows, int columns)
    {
        var stride = Math.Max(wRows, columns) + 8;
        var x = Random(rows * stride);
        var g = Random(rows * stride);
        AlignedFloats ours = Random(wRows * columns), oracle = new(wRows * columns);
        AlignedFloats ourBias = Random(columns), oracleBias = new(columns);
        oracle.CopyFrom(ours);
        oracleBias.CopyFrom(ourBias);
        WeightGradient.Run(x.Pointer, stride, g.Pointer, stride, ours.Pointer, wRows, ourBias.Pointer, rows, columns);
        WeightGradient.RunScalar(x.Pointer, stride, g.Pointer, stride, oracle.Pointer, wRows, oracleBias.Pointer, rows, columns);
        AssertSameBits(oracle, ours);
        AssertSameBits(oracleBias, ourBias);
    }

    [Fact]
    public void GradientNorm_AnyLength_HasTheBitsOfTheScalarLanes()
    {
        foreach (var blocks in (int[])[1, 2, 3, 4, 37, 39])
        {
            var g = Random(16 * blocks);
            Assert.Equal(GradientNorm.SumOfSquaresScalar(g.Pointer, g.Length), GradientNorm.SumOfSquares(g.Pointer, g.Length));
        }
    }

    [Fact]
    public void OptimizerUpdate_SeveralSteps_HasTheBitsOfTheScalarLoop()
    {
        const int length = 48;
        var g = Random(length);
        var start = Random(length);
        AlignedFloats[] Buffers()
        {
            var p = new AlignedFloats(length);
            p.CopyFrom(start);
            return [p, new(length), new(length)];
        }

        AlignedFloats[] adam = Buffers(), adamOracle = Buffers(), sgd = Buffers(), sgdOracle = Buffers(), rms = Buffers(), rmsOracle = Buffers();
        void Update(Action<nint> update)
        {
            var gradient = new AlignedFloats(length);
            gradient.CopyFrom(g);
            gradient.Span[3] = 1e-25f;
            update((nint)gradient.Pointer);
            Assert.All(gradient.Span.ToArray(), v => Assert.Equal(0, v));
        }

        for (var step = 1; step <= 5; step++)
        {
            Update(gradient => OptimizerUpdate.Adam(adam[0].Pointer, (float*)gradient, adam[1].Pointer, adam[2].Pointer, length, 0.3f, 1e-3f, 0.99f, 0.01f, 1.5f));
            Update(gradient => OptimizerUpdate.AdamScalar(adamOracle[0].Pointer, (float*)gradient, adamOracle[1].Pointer, adamOracle[2].Pointer, length, 0.3f, 1e-3f, 0.99f, 0.01f, 1.5f));
            Update(gradient => OptimizerUpdate.Sgd(sgd[0].Pointer, (float*)gradient, sgd[1].Pointer, length, 0.3f, 1e-3f, 0.01f));
            Update(gradient => OptimizerUpdate.SgdScalar(sgdOracle[0].Pointer, (float*)gradient, sgdOracle[1].Pointer, length, 0.3f, 1e-3f, 0.01f));
            Update(gradient => OptimizerUpdate.RmsProp(rms[0].Pointer, (float*)gradient, rms[1].Pointer, length, 0.3f, 1e-3f, 0.01f));
            Update(gradient => OptimizerUpdate.RmsPropScalar(rmsOracle[0].Pointer, (float*)gradient, rmsOracle[1].Pointer, length, 0.3f, 1e-3f, 0.01f));
        }

        for (var i = 0; i < 3; i++)
        {
            AssertSameBits(adamOracle[i], adam[i]);
            AssertSameBits(sgdOracle[i], sgd[i]);
            AssertSameBits(rmsOracle[i], rms[i]);
        }

        Assert.NotEqual(start.Span.ToArray(), adam[0].Span.ToArray());
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(6, 24)]
    public void RecurrentCells_ForwardAndBackward_HaveTheBitsOfTheScalarLoops(int rows, int columns)
    {
        var (stride, gateStride) = (columns + 8, (4 * columns) + 8);
        AlignedFloats gx = Random(rows * gateStride), gh = Random(rows * gateStride), previous = Random(rows * stride), upstream = Random(rows * stride), recurrent = Random(rows * stride);
        AlignedFloats[] State() => [new(rows * gateStride), new(rows * stride), new(rows * stride), new(rows * stride), new(rows * gateStride)];
        foreach (var lstm in (bool[])[true, false])
        {
            var (ours, oracle) = (State(), State());
            AlignedFloats carried = Random(rows * stride), oracleCarried = new(rows * stride);
            oracleCarried.CopyFrom(carried);
            if (lstm)
            {
                LstmCell.Forward(gx.Pointer, gh.Pointer, gateStride, previous.Pointer, ours[0].Pointer, ours[1].Pointer, ours[2].Pointer, ours[3].Pointer, stride, rows, columns);
                LstmCell.ForwardScalar(gx.Pointer, gh.Pointer, gateStride, previous.Pointer, oracle[0].Pointer, oracle[1].Pointer, oracle[2].Pointer, oracle[3].Pointer, stride, rows, columns);
                LstmCell.Backward(ours[0].Pointer, gateStride, previous.Pointer, ours[2].Pointer, recurrent.Pointer, upstream.Pointer, carried.Pointer, stride, rows, columns);
                LstmCell.BackwardScalar(oracle[0].Pointer, gateStride, previous.Pointer, oracle[2].Pointer, recurrent.Pointer, upstream.Pointer, oracleCarried.Pointer, stride, rows, columns);
            }
            else
            {
                GruCell.Forward(gx.Pointer, gh.Pointer, gateStride, previous.Pointer, ours[0].Pointer, ours[2].Pointer, ours[3].Pointer, stride, rows, columns);
                GruCell.ForwardScalar(gx.Pointer, gh.Pointer, gateStride, previous.Pointer, oracle[0].Pointer, oracle[2].Pointer, oracle[3].Pointer, stride, rows, columns);
                GruCell.Backward(ours[0].Pointer, ours[4].Pointer, gateStride, previous.Pointer, ours[2].Pointer, recurrent.Pointer, carried.Pointer, upstream.Pointer, stride, rows, columns);
                GruCell.BackwardScalar(oracle[0].Pointer, oracle[4].Pointer, gateStride, previous.Pointer, oracle[2].Pointer, recurrent.Pointer, oracleCarried.Pointer, upstream.Pointer, stride, rows, columns);
            }

            Assert.All(oracle.Zip(ours), pair => AssertSameBits(pair.First, pair.Second));
            AssertSameBits(oracleCarried, carried);
        }
    }

    [Theory]
    [InlineData(30, 64)]
    [InlineData(64, 32)]
    [InlineData(32, 3)]
    [InlineData(13, 27)]
    [InlineData(1, 1)]
    public void PanelTranspose_AnyShape_MovesEveryWeight(int inputs, int outputs)
    {
        var layer = new DenseLayer(inputs, outputs, 0);
        var w = Random(layer.End);
        var columns = (inputs + 7) / 8 * 8;
        foreach (var column in Enumerable.Range(outputs, layer.Columns - outputs))
        {
            for (var k = 0; k < inputs; k++)
            {
                w.Span[layer.IndexOf(k, column)] = 0;
            }
        }

        var transposed = new AlignedFloats(layer.TransposeLength);
        PanelTranspose.Run(layer, w.Pointer, transposed.Pointer);
        for (var n = 0; n < layer.Columns; n++)
        {
            for (var k = 0; k < columns; k++)
            {
                Assert.Equal(k < inputs ? w.Span[layer.IndexOf(k, n)] : 0, transposed.Span[DenseLayer.PanelIndex(layer.Columns, columns, n, k)]);
            }
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(8, 2)]
    [InlineData(5, 4)]
    [InlineData(19, 3)]
    [InlineData(24, 11)]
    public void SoftmaxHead_AnyRowsAndClasses_IsThatOfEachRowAlone(int rows, int classes)
    {
        var stride = (classes + 7) / 8 * 8;
        AlignedFloats logits = Random(rows * stride), weights = Random(rows), losses = new(rows);
        var targets = GC.AllocateArray<int>(rows, pinned: true);
        for (var s = 0; s < rows; s++)
        {
            targets[s] = _generator.NextInt(classes);
            logits.Span[((s * stride) + classes)..((s + 1) * stride)].Clear();
        }

        AlignedFloats gradients = new(rows * stride), probabilities = new(rows * stride), single = new(rows * stride);
        gradients.CopyFrom(logits);
        probabilities.CopyFrom(logits);
        single.CopyFrom(logits);
        long hits = 0;
        var predicted = new long[classes];
        fixed (int* own = targets)
        {
            fixed (long* counts = predicted)
            {
                SoftmaxHead.Run(gradients.Pointer, stride, rows, classes, own, weights.Pointer, losses.Pointer, ref hits, counts);
            }
        }

        SoftmaxHead.Probabilities(probabilities.Pointer, stride, rows, classes);
        Assert.Equal(rows, predicted.Sum());
        var expectedHits = 0;
        for (var s = 0; s < rows; s++)
        {
            SoftmaxHead.Probabilities(single.Pointer + (s * stride), stride, 1, classes);
            var z = logits.Span.Slice(s * stride, classes).ToArray().Select(v => (double)v).ToArray();
            expectedHits += Array.IndexOf(z, z.Max()) == targets[s] ? 1 : 0;
            var w = weights.Span[s];
            Assert.Equal(w * DoubleNetwork.CrossEntropy(z, targets[s]), losses.Span[s], 1e-5);
            for (var c = 0; c < classes; c++)
            {
                var p = single.Span[(s * stride) + c];
                Assert.Equal(Math.Exp(z[c]) / z.Sum(Math.Exp), p, 1e-6);
                Assert.Equal(p, probabilities.Span[(s * stride) + c]);
                Assert.Equal(w * (c == targets[s] ? p - 1 : p), gradients.Span[(s * stride) + c]);
            }

            Assert.All(gradients.Span[((s * stride) + classes)..((s + 1) * stride)].ToArray(), v => Assert.Equal(0, v));
        }

        Assert.Equal(expectedHits, hits);
    }

    [Theory]
    [InlineData(0.2f)]
    [InlineData(0.5f)]
    public void DropoutStream_ManyUnits_DropsTheStatedShareIndependently(float rate)
    {
        var dropped = 0;
        var both = 0;
        const int rows = 400, steps = 10, units = 64;
        for (var step = 0; step < steps; step++)
        {
            var stream = new DropoutStream(rate, 5, step, 32);
            for (var row = 0; row < rows; row++)
            {
                var mask = DoubleNetwork.Mask(stream, row);
                var next = DoubleNetwork.Mask(stream, row + 1);
                for (var unit = 0; unit < units; unit++)
                {
                    dropped += mask(0, unit) == 0 ? 1 : 0;
                    both += mask(0, unit) == 0 && next(1, unit) == 0 ? 1 : 0;
                }
            }
        }

        const double total = rows * steps * units;
        Assert.InRange(dropped / total, rate - 0.004, rate + 0.004);
        Assert.InRange(both / total, (rate * rate) - 0.004, (rate * rate) + 0.004);
    }

    private AlignedFloats Random(int length)
    {
        var values = new AlignedFloats(length);
        foreach (ref var v in values.Span)
        {
            v = (float)_generator.NextGaussian();
        }

        return values;
    }

    private static void AssertSameBits(AlignedFloats expected, AlignedFloats actual)
        => Assert.Equal(expected.Span.ToArray().Select(BitConverter.SingleToInt32Bits), actual.Span.ToArray().Select(BitConverter.SingleToInt32Bits));
}
