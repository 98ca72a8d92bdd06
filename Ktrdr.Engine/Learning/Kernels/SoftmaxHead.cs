using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Kernels;

/// <summary>
/// Softmax and weighted cross-entropy, eight rows in the lanes of one vector. Blocks of 8 rows × 8 classes are transposed in and out; rows that are missing to
/// eight count as zeros and are not written back.
/// </summary>
internal static unsafe class SoftmaxHead
{
    private const int Lanes = 8;

    /// <summary>
    /// Replaces logits by the unnormalised gradient w·(p − [class]) and gives each row's loss w·(log Σ e^z − z_class). The caller divides by Σ w.
    /// </summary>
    /// <param name="logits">Row s at logits + s·<paramref name="stride"/>, classes padded to 8; padded columns stay as they are (zero).</param>
    /// <param name="hits">Rows whose greatest logit is their class's (first of equals), counted where the weight is positive or not.</param>
    /// <param name="predicted">Incremented per row at its greatest logit; may be null.</param>
    public static void Run(float* logits, int stride, int rows, int classes, int* target, float* weight, float* loss, ref long hits, long* predicted)
    {
        var columns = DenseLayer.RoundUp(classes, Lanes);
        var lanes = stackalloc float[Lanes * columns];
        for (var start = 0; start < rows; start += Lanes)
        {
            var count = Math.Min(Lanes, rows - start);
            var z = logits + (start * stride);
            Gather(z, stride, count, columns, lanes);
            var own = Integers(target + start, count);
            var weights = Singles(weight + start, count);

            var max = Vector256.Load(lanes);
            var best = Vector256<int>.Zero;
            var ownLogit = max;
            for (var c = 1; c < classes; c++)
            {
                var value = Vector256.Load(lanes + (c * Lanes));
                ownLogit = Vector256.ConditionalSelect(Vector256.Equals(own, Vector256.Create(c)).AsSingle(), value, ownLogit);
                var greater = Vector256.GreaterThan(value, max);
                max = Vector256.ConditionalSelect(greater, value, max);
                best = Vector256.ConditionalSelect(greater.AsInt32(), Vector256.Create(c), best);
            }

            var sum = Exponentials(lanes, classes, max);
            var losses = weights * (Elementary.Log(sum) + (max - ownLogit));
            var inverse = Vector256.Create(1f) / sum;
            for (var c = 0; c < classes; c++)
            {
                var isOwn = Vector256.Equals(own, Vector256.Create(c)).AsSingle() & Vector256.Create(1f);
                (weights * ((Vector256.Load(lanes + (c * Lanes)) * inverse) - isOwn)).Store(lanes + (c * Lanes));
            }

            Scatter(lanes, z, stride, count, columns);
            if (count == Lanes)
            {
                losses.Store(loss + start);
            }

            for (var s = 0; s < count && (count < Lanes || predicted is not null); s++)
            {
                loss[start + s] = losses[s];
                if (predicted is not null)
                {
                    predicted[best[s]]++;
                }
            }

            hits += BitOperations.PopCount(Vector256.Equals(best, own).ExtractMostSignificantBits() & ((1u << count) - 1));
        }
    }

    /// <summary>Replaces each row's logits by softmax probabilities.</summary>
    public static void Probabilities(float* logits, int stride, int rows, int classes)
    {
        if (rows == 1)
        {
            Probabilities(logits, classes);
            return;
        }

        var columns = DenseLayer.RoundUp(classes, Lanes);
        var lanes = stackalloc float[Lanes * columns];
        for (var start = 0; start < rows; start += Lanes)
        {
            var count = Math.Min(Lanes, rows - start);
            var z = logits + (start * stride);
            Gather(z, stride, count, columns, lanes);
            var max = Vector256.Load(lanes);
            for (var c = 1; c < classes; c++)
            {
                var value = Vector256.Load(lanes + (c * Lanes));
                max = Vector256.ConditionalSelect(Vector256.GreaterThan(value, max), value, max);
            }

            var inverse = Vector256.Create(1f) / Exponentials(lanes, classes, max);
            for (var c = 0; c < classes; c++)
            {
                (Vector256.Load(lanes + (c * Lanes)) * inverse).Store(lanes + (c * Lanes));
            }

            Scatter(lanes, z, stride, count, columns);
        }
    }

    /// <summary>One row, its classes in the lanes: each element goes through the same operations in the same order as in eight rows.</summary>
    /// <param name="z">Classes padded to 8.</param>
    public static void Probabilities(float* z, int classes)
    {
        if (classes is > 1 and <= 4)
        {
            UpToFour(z, classes);
            return;
        }

        var max = Greatest(z, classes);
        for (var c = 0; c < classes; c += Lanes)
        {
            Elementary.Exp(Vector256.Load(z + c) - max).Store(z + c);
        }

        var sum = z[0];
        for (var c = 1; c < classes; c++)
        {
            sum += z[c];
        }

        var inverse = 1f / sum;
        for (var c = 0; c < classes; c++)
        {
            z[c] *= inverse;
        }
    }

    /// <summary>The same without a visit to memory between logits and probabilities.</summary>
    private static void UpToFour(float* z, int classes)
    {
        var logits = Vector128.Load(z);
        var max = Vector128.ConditionalSelect(Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(classes)).AsSingle(), logits, Vector128.Create(z[0]));
        max = Vector128.MaxNative(max, Vector128.Shuffle(max, Vector128.Create(2, 3, 0, 1)));
        max = Vector128.MaxNative(max, Vector128.Shuffle(max, Vector128.Create(1, 0, 3, 2)));
        var e = Elementary.Exp(logits - max);
        var sum = e[0] + e[1];
        sum = classes > 2 ? sum + e[2] : sum;
        sum = classes > 3 ? sum + e[3] : sum;
        (e * Vector128.Create(1f / sum)).Store(z);
    }

    /// <summary>The greatest in every lane, without a branch on logits, which nobody can foresee. Where one of them is NaN so are all probabilities, whatever this gives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Greatest(float* z, int classes)
    {
        var first = Vector256.Create(z[0]);
        var max = first;
        for (var c = 0; c < classes; c += Lanes)
        {
            var isClass = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(classes - c)).AsSingle();
            max = Vector256.MaxNative(max, Vector256.ConditionalSelect(isClass, Vector256.Load(z + c), first));
        }

        max = Vector256.MaxNative(max, Vector256.Shuffle(max, Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3)));
        max = Vector256.MaxNative(max, Vector256.Shuffle(max, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)));
        return Vector256.MaxNative(max, Vector256.Shuffle(max, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6)));
    }

    /// <summary>Turns lanes[class][row] into e^(z − max) and gives their sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exponentials(float* lanes, int classes, Vector256<float> max)
    {
        var sum = Vector256<float>.Zero;
        for (var c = 0; c < classes; c++)
        {
            var e = Elementary.Exp(Vector256.Load(lanes + (c * Lanes)) - max);
            e.Store(lanes + (c * Lanes));
            sum += e;
        }

        return sum;
    }

    /// <summary>Up to eight rows to lanes[column][row].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather(float* rows, int stride, int count, int columns, float* lanes)
    {
        if (count == Lanes)
        {
            for (var c = 0; c < columns; c += Lanes)
            {
                Transpose8.Run(rows + c, stride, lanes + (c * Lanes), Lanes);
            }

            return;
        }

        for (var c = 0; c < columns; c++)
        {
            Vector256<float>.Zero.Store(lanes + (c * Lanes));
            for (var s = 0; s < count; s++)
            {
                lanes[(c * Lanes) + s] = rows[(s * stride) + c];
            }
        }
    }

    /// <summary>The way back from <see cref="Gather"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scatter(float* lanes, float* rows, int stride, int count, int columns)
    {
        if (count == Lanes)
        {
            for (var c = 0; c < columns; c += Lanes)
            {
                Transpose8.Run(lanes + (c * Lanes), Lanes, rows + c, stride);
            }

            return;
        }

        for (var c = 0; c < columns; c++)
        {
            for (var s = 0; s < count; s++)
            {
                rows[(s * stride) + c] = lanes[(c * Lanes) + s];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Integers(int* values, int count) => count == Lanes ? Vector256.Load(values) : Singles((float*)values, count).AsInt32();

    /// <summary>Zeros where values are missing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Singles(float* values, int count)
    {
        if (count == Lanes)
        {
            return Vector256.Load(values);
        }

        var some = stackalloc float[Lanes];
        new Span<float>(values, count).CopyTo(new Span<float>(some, Lanes));
        new Span<float>(some + count, Lanes - count).Clear();
        return Vector256.Load(some);
    }
}
