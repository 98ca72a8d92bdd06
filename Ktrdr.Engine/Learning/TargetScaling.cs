namespace Ktrdr.Engine.Learning;

/// <summary>
/// Brings regression targets to the size of a fresh network's outputs and the trained network back to the targets' own unit. Returns are a hundred times smaller
/// than those outputs: without scaling an optimiser's step moves predictions by more than the whole target, and what is learned is noise.
/// Factors are powers of two, so that nothing is rounded on the way there or back.
/// </summary>
public static class TargetScaling
{
    private const int ExponentBits = 52;
    private const int ExponentBias = 1023;
    private const int LargestExponent = 60;

    /// <summary>The power of two that brings the root mean square of the targets into [0.5, 1); 1 where all are 0. The level is left alone: 0 stays 0.</summary>
    /// <param name="targets">One per row.</param>
    /// <param name="trainRows">The rows to fit on: training rows only.</param>
    public static double Fit(ReadOnlySpan<float> targets, ReadOnlySpan<int> trainRows)
    {
        var sum = 0.0;
        foreach (var row in trainRows)
        {
            sum += (double)targets[row] * targets[row];
        }

        var size = Math.Sqrt(sum / Math.Max(1, trainRows.Length));
        if (!(size > 0) || !double.IsFinite(size))
        {
            return 1;
        }

        var exponent = (int)((BitConverter.DoubleToInt64Bits(size) >> ExponentBits) & 0x7FF) - ExponentBias;
        var wanted = Math.Clamp(-exponent - 1, -LargestExponent, LargestExponent);
        return BitConverter.Int64BitsToDouble((long)(wanted + ExponentBias) << ExponentBits);
    }

    /// <summary>The targets times the factor.</summary>
    public static float[] Apply(ReadOnlySpan<float> targets, double factor)
    {
        var scaled = new float[targets.Length];
        for (var i = 0; i < scaled.Length; i++)
        {
            scaled[i] = targets[i] * (float)factor;
        }

        return scaled;
    }

    /// <summary>The options in the unit of the scaled targets: both losses are quadratic in the unit near 0, and Huber's bend is a length in it.</summary>
    public static TrainerOptions Apply(TrainerOptions options, double factor) =>
        options with { HuberDelta = options.HuberDelta * factor, MinDelta = options.MinDelta * factor * factor };

    /// <summary>A report with its losses in the targets' own unit.</summary>
    public static EpochReport Undo(EpochReport report, double factor) =>
        report with { TrainLoss = report.TrainLoss / (factor * factor), ValidationLoss = report.ValidationLoss / (factor * factor) };

    /// <summary>The outcome with a network that predicts in the targets' own unit.</summary>
    public static TrainingOutcome Undo(TrainingOutcome outcome, double factor)
    {
        if (factor == 1)
        {
            return outcome;
        }

        var network = outcome.Network.Clone();
        network.ScaleOutputs((float)(1 / factor));
        return outcome with { Network = network, WeightsHash = network.WeightsHash(), History = [.. outcome.History.Select(e => Undo(e, factor))] };
    }
}
