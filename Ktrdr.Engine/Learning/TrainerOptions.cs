using System.Globalization;

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

    /// <summary>Huber with <see cref="TrainerOptions.HuberDelta"/>.</summary>
    Huber,

    /// <summary>Mean squared error.</summary>
    Mse,
}

/// <summary>How a network is trained. Units: epochs and rows; learning rate per step.</summary>
public sealed record TrainerOptions
{
    public int Epochs { get; init; } = 100;

    public int BatchSize { get; init; } = 32;

    public double LearningRate { get; init; } = 1e-3;

    public Optimizer Optimizer { get; init; } = Optimizer.Adam;

    public double WeightDecay { get; init; }

    /// <summary>Greatest global gradient norm, applied before weight decay; 0 does not clip.</summary>
    public double GradientClip { get; init; }

    public Loss Loss { get; init; } = Loss.CrossEntropy;

    public double HuberDelta { get; init; } = 1;

    /// <summary>Epochs without improvement by more than <see cref="MinDelta"/> before training stops; 0 never stops early. The best epoch is restored either way.</summary>
    public int Patience { get; init; }

    public double MinDelta { get; init; }

    /// <summary>Weighs classes by inverse frequency on the training rows, normalised to sum to the number of classes; an absent class gets weight 0.</summary>
    public bool BalanceClasses { get; init; } = true;

    public ulong Seed { get; init; }

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
        Check(problems, "training.early_stopping.patience", Patience, Patience >= 0, "0 (off) or more");
        Check(problems, "training.early_stopping.min_delta", MinDelta, MinDelta >= 0 && double.IsFinite(MinDelta), "0 or more");
        Check(problems, "training.optimizer", (int)Optimizer, Enum.IsDefined(Optimizer), "adam, adamw, sgd, rmsprop");
        Check(problems, "training.loss", (int)Loss, Enum.IsDefined(Loss), "cross_entropy, huber, mse");
        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
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
