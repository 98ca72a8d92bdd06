using System.Globalization;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Learning;

public enum Optimizer
{
    /// <summary>Adam (Kingma and Ba, 2015) with β 0.9 and 0.999, ε 1e-8; weight decay is L2, added to the gradient.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019).</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum 0.9.</summary>
    Sgd,

    /// <summary>RMSprop with α 0.99, ε 1e-8.</summary>
    RmsProp,
}

public enum Loss
{
    /// <summary>Softmax cross-entropy, the weighted mean over rows.</summary>
    CrossEntropy,

    /// <summary>Cross-entropy that counts rows less the surer the network is of their class (<see cref="TrainerOptions.FocalGamma"/>), the weighted mean over rows.</summary>
    Focal,

    /// <summary>Huber with <see cref="TrainerOptions.HuberDelta"/>.</summary>
    Huber,

    /// <summary>Mean squared error.</summary>
    Mse,
}

/// <summary>How a network is trained. Units: epochs and rows; learning rate per step.</summary>
public sealed record TrainerOptions
{
    /// <summary>Passes over the training rows, at most.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>Rows per optimiser step; the last batch of an epoch has what is left.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Of the first epoch.</summary>
    public double LearningRate { get; init; } = 1e-3;

    public Optimizer Optimizer { get; init; } = Optimizer.Adam;

    /// <summary>Added to the gradient as decay · weight; AdamW instead shrinks the weights by learning rate · decay (Loshchilov and Hutter 2019).</summary>
    public double WeightDecay { get; init; }

    /// <summary>Greatest global gradient norm, applied before weight decay; 0 does not clip.</summary>
    public double GradientClip { get; init; }

    public Loss Loss { get; init; } = Loss.CrossEntropy;

    /// <summary>Huber loss only: the error, in units of the target, from which on the loss is linear.</summary>
    public double HuberDelta { get; init; } = 1;

    /// <summary>Focal loss only: 0 is cross-entropy, 10 the most.</summary>
    public double FocalGamma { get; init; } = 2;

    /// <summary>How the learning rate moves; null: it stays.</summary>
    public LearningRateSchedule? Schedule { get; init; }

    /// <summary>Epochs without improvement by more than <see cref="MinDelta"/> before training stops; 0 never stops early. The best epoch is restored either way.</summary>
    public int Patience { get; init; }

    /// <summary>In units of the monitored loss; what is not lower by more than this does not count for <see cref="Patience"/>.</summary>
    public double MinDelta { get; init; }

    /// <summary>Weighs classes by inverse frequency on the training rows, normalised to sum to the number of classes; an absent class gets weight 0.</summary>
    public bool BalanceClasses { get; init; } = true;

    /// <summary>Of the starting weights, the order of the rows and dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether the loss is one for numeric targets.</summary>
    public bool IsRegression => Loss is Loss.Huber or Loss.Mse;

    /// <exception cref="InvalidInputException">One or more settings are out of range; all are named.</exception>
    public void Validate()
    {
        var problems = new List<Problem>();
        Check(problems, "training.epochs", Epochs, Epochs >= 1, "at least 1");
        Check(problems, "training.batch_size", BatchSize, BatchSize >= 1, "at least 1");
        Check(problems, "training.learning_rate", LearningRate, LearningRate > 0 && double.IsFinite(LearningRate), "a positive number");
        Check(problems, "training.weight_decay", WeightDecay, WeightDecay >= 0 && double.IsFinite(WeightDecay), "0 or more");
        Check(problems, "training.gradient_clip", GradientClip, GradientClip >= 0 && double.IsFinite(GradientClip), "0 (off) or more");
        Check(problems, "training.huber_delta", HuberDelta, HuberDelta > 0 && double.IsFinite(HuberDelta), "a positive number");
        Check(problems, "training.focal_gamma", FocalGamma, FocalGamma >= 0 && FocalGamma <= 10, "0 to 10");
        Check(problems, "training.early_stopping.patience", Patience, Patience >= 0, "0 (off) or more");
        Check(problems, "training.early_stopping.min_delta", MinDelta, MinDelta >= 0 && double.IsFinite(MinDelta), "0 or more");
        Check(problems, "training.optimizer", (int)Optimizer, Enum.IsDefined(Optimizer), "adam, adamw, sgd, rmsprop");
        Check(problems, "training.loss", (int)Loss, Enum.IsDefined(Loss), "cross_entropy, focal, huber, mse");
        Schedule?.AddProblems(problems);
        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }

    /// <summary>As a strategy document asks for it.</summary>
    public static TrainerOptions From(TrainingSpec training, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new()
        {
            Epochs = training.Epochs,
            BatchSize = training.BatchSize,
            LearningRate = training.LearningRate,
            Optimizer = training.Optimizer switch
            {
                OptimizerKind.Adam => Optimizer.Adam,
                OptimizerKind.AdamW => Optimizer.AdamW,
                OptimizerKind.Sgd => Optimizer.Sgd,
                OptimizerKind.RmsProp => Optimizer.RmsProp,
                _ => throw new ArgumentOutOfRangeException(nameof(training), training.Optimizer, "Unknown optimizer."),
            },
            WeightDecay = training.WeightDecay,
            GradientClip = training.GradientClip,
            Loss = training.Loss switch
            {
                LossKind.CrossEntropy => Loss.CrossEntropy,
                LossKind.Focal => Loss.Focal,
                LossKind.Huber => Loss.Huber,
                LossKind.Mse => Loss.Mse,
                _ => throw new ArgumentOutOfRangeException(nameof(training), training.Loss, "Unknown loss."),
            },
            HuberDelta = training.HuberDelta,
            FocalGamma = training.FocalGamma,
            Schedule = training.Schedule switch
            {
                null => null,
                { Kind: ScheduleKind.Step } s => new StepSchedule(s.StepSize, s.Gamma ?? new StepSchedule().Gamma),
                { Kind: ScheduleKind.Exponential } s => new ExponentialSchedule(s.Gamma ?? new ExponentialSchedule().Gamma),
                { Kind: ScheduleKind.ReduceOnPlateau } s => new PlateauSchedule(s.Factor, s.Patience),
                { Kind: ScheduleKind.Cosine } => new CosineSchedule(),
                _ => throw new ArgumentOutOfRangeException(nameof(training), training.Schedule.Kind, "Unknown schedule."),
            },
            Patience = training.EarlyStopping?.Patience ?? 0,
            MinDelta = training.EarlyStopping?.MinDelta ?? 0,
            BalanceClasses = training.ClassWeights,
            Seed = seed,
        };
    }

    private static void Check(List<Problem> problems, string path, double value, bool valid, string allowed)
    {
        if (!valid)
        {
            var text = value.ToString(CultureInfo.InvariantCulture);
            problems.Add(new Problem("out_of_range", path, $"{path} is {text}; allowed: {allowed}.") { Value = text, Allowed = allowed });
        }
    }
}
