using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ktrdr.Engine.Learning.Kernels;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning;

/// <summary>Everything that changes while training and that a checkpoint must hold for the resumed run to give the same bits.</summary>
internal sealed unsafe class TrainingState
{
    private readonly TrainerOptions _options;

    public TrainingState(TrainingSet set, NetworkShape shape, TrainerOptions options)
    {
        _options = options;
        Network = Network.Initialize(shape, options.Seed, set, options);
        Moment1 = new AlignedFloats(Network.Parameters.Length);
        Moment2 = new AlignedFloats(Network.Parameters.Length);
        Best = Network.Clone();
        Shuffle = new Generator(options.Seed, "shuffle");
    }

    public Network Network { get; }

    public AlignedFloats Moment1 { get; }

    public AlignedFloats Moment2 { get; }

    /// <summary>A copy of the weights of <see cref="BestEpoch"/>, never the weights themselves.</summary>
    public Network Best { get; }

    public Generator Shuffle { get; }

    public List<EpochReport> History { get; } = [];

    public long Step { get; set; }

    public int BestEpoch { get; set; }

    public double BestLoss { get; set; } = double.PositiveInfinity;

    /// <summary>The loss that patience is measured against: it moves only on an improvement by more than the minimum.</summary>
    public double PatienceLoss { get; set; } = double.PositiveInfinity;

    public int EpochsWithoutImprovement { get; set; }

    public int[] BestClassCounts { get; set; } = [];

    /// <summary>Where the learning rate's schedule stands, if it looks at the loss.</summary>
    public Plateau Plateau { get; set; } = Plateau.Start;

    /// <summary>Of the epoch that comes next.</summary>
    public double LearningRate => _options.LearningRate * (_options.Schedule?.Factor(History.Count, _options.Epochs, Plateau) ?? 1);

    public bool PatienceIsSpent => _options.Patience > 0 && EpochsWithoutImprovement >= _options.Patience;

    /// <summary>One optimiser step with the gradient of Σ w·loss.</summary>
    /// <param name="scale">1 / Σ w times the clip factor.</param>
    public void Update(AlignedFloats gradients, float scale, double learningRate)
    {
        Step++;
        var length = Network.Parameters.Length;
        float* p = Network.Parameters.Pointer, g = gradients.Pointer, m = Moment1.Pointer, v = Moment2.Pointer;
        var decay = (float)_options.WeightDecay;
        switch (_options.Optimizer)
        {
            case Optimizer.Sgd:
                OptimizerUpdate.Sgd(p, g, m, length, scale, decay, (float)learningRate);
                break;
            case Optimizer.RmsProp:
                OptimizerUpdate.RmsProp(p, g, v, length, scale, decay, (float)learningRate);
                break;
            default:
                // From the step's number alone, so that no running product has to be kept.
                var stepSize = (float)(learningRate / (1 - Elementary.Pow(0.9, Step)));
                var inverseRoot2 = (float)(1 / Math.Sqrt(1 - Elementary.Pow(0.999, Step)));
                var decoupled = _options.Optimizer == Optimizer.AdamW;
                var shrink = decoupled ? (float)(1 - (learningRate * _options.WeightDecay)) : 1f;
                OptimizerUpdate.Adam(p, g, m, v, length, scale, decoupled ? 0 : decay, shrink, stepSize, inverseRoot2);
                break;
        }

        Network.Constrain();
    }

    /// <summary>Keeps the weights if this is the best epoch so far and moves what counts epochs without improvement.</summary>
    /// <returns>Whether it is the best.</returns>
    public bool Monitor(int epoch, double loss, int[] classCounts)
    {
        if (_options.Schedule is PlateauSchedule schedule)
        {
            Plateau = schedule.After(Plateau, loss);
        }

        if (loss < PatienceLoss - _options.MinDelta)
        {
            PatienceLoss = loss;
            EpochsWithoutImprovement = 0;
        }
        else
        {
            EpochsWithoutImprovement++;
        }

        if (!(loss < BestLoss))
        {
            return false;
        }

        BestLoss = loss;
        BestEpoch = epoch;
        BestClassCounts = classCounts;
        Best.Parameters.CopyFrom(Network.Parameters);
        return true;
    }

    /// <summary>What must be equal for a checkpoint to be continued: everything but the number of epochs, unless the schedule depends on it.</summary>
    public static string Fingerprint(TrainingSet set, NetworkShape shape, TrainerOptions options)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{shape}|{options.BatchSize}|{options.LearningRate:R}|{options.Optimizer}|{options.WeightDecay:R}|{options.GradientClip:R}|{options.Loss}|{options.HuberDelta:R}|{options.FocalGamma:R}|{options.Schedule}|{(options.Schedule is { DependsOnEpochs: true } ? options.Epochs : 0)}|{options.Patience}|{options.MinDelta:R}|{options.BalanceClasses}|{options.Seed}|{set.Hash()}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
