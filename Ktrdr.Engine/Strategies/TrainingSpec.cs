namespace Ktrdr.Engine.Strategies;

public enum LossKind
{
    CrossEntropy,
    Huber,
    Mse,
}

public enum OptimizerKind
{
    Adam,
    AdamW,
    Sgd,
    RmsProp,
}

/// <summary>How the network is trained. Defaults are the original trainer's.</summary>
public sealed record TrainingSpec
{
    public required LabelSpec Labels { get; init; }

    /// <summary>Cross-entropy for classification, Huber or MSE for regression.</summary>
    public LossKind Loss { get; init; } = LossKind.CrossEntropy;

    /// <summary>Huber only: where the loss turns from square to linear, in units of the target (a fraction of price).</summary>
    public double HuberDelta { get; init; } = 0.01;

    public int Epochs { get; init; } = 100;

    public int BatchSize { get; init; } = 32;

    public double LearningRate { get; init; } = 0.001;

    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>Default 1e-4 for classification, 0 for regression.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Largest norm of the gradient of one step; 0 switches clipping off.</summary>
    public double GradientClip { get; init; } = 1.0;

    /// <summary>Null: training runs for all epochs (the best epoch's weights are kept all the same).</summary>
    public EarlyStoppingSpec? EarlyStopping { get; init; } = new();

    /// <summary>Classification: weigh classes by their inverse frequency among the training rows.</summary>
    public bool ClassWeights { get; init; } = true;

    public DataSplitSpec DataSplit { get; init; } = new();
}

/// <summary>Stop after <paramref name="Patience"/> epochs in which the validation loss did not fall by more than <paramref name="MinDelta"/>.</summary>
public sealed record EarlyStoppingSpec(int Patience = 10, double MinDelta = 0.001);

/// <summary>Shares of the training window in time order. <paramref name="Test"/> is not used for training: results are measured on windows of their own.</summary>
public sealed record DataSplitSpec(double Train = 0.70, double Validation = 0.15, double Test = 0.15)
{
    /// <summary>Share of the rows that decides when to stop, out of those the trainer sees.</summary>
    public double ValidationFraction => Validation / (Train + Validation);
}

public enum LabelSource
{
    ForwardReturn,
    TripleBarrier,
}

public enum VolatilityMethod
{
    /// <summary>Exponentially weighted mean of (high - low) / close.</summary>
    Atr,

    /// <summary>Exponentially weighted standard deviation of log returns.</summary>
    LogReturn,
}

/// <summary>What the network learns to predict. Only the fields of its <see cref="Source"/> count; the others keep their defaults.</summary>
public sealed record LabelSpec
{
    public required LabelSource Source { get; init; }

    /// <summary>forward_return: bars ahead.</summary>
    public int Horizon { get; init; } = 20;

    /// <summary>triple_barrier: upper barrier in volatilities.</summary>
    public double PtMultiplier { get; init; } = 2.0;

    /// <summary>triple_barrier: lower barrier in volatilities.</summary>
    public double SlMultiplier { get; init; } = 1.5;

    /// <summary>triple_barrier: bars until the label expires.</summary>
    public int MaxHoldingPeriod { get; init; } = 50;

    /// <summary>triple_barrier: span of the exponentially weighted volatility, in bars.</summary>
    public int VolSpan { get; init; } = 50;

    public VolatilityMethod VolMethod { get; init; } = VolatilityMethod.Atr;

    /// <summary>Null: every bar is labelled. Else only bars where the CUSUM filter fires; a value of 0 or less means <see cref="CusumMultiplier"/> times the mean volatility.</summary>
    public double? CusumThreshold { get; init; }

    public double CusumMultiplier { get; init; } = 0.5;

    /// <summary>triple_barrier: weigh rows by how little their holding periods overlap.</summary>
    public bool ComputeWeights { get; init; }

    /// <summary>True where the target is a number rather than a class.</summary>
    public bool IsRegression => Source == LabelSource.ForwardReturn;

    /// <summary>Bars after the labelled one that a label may look at.</summary>
    public int LongestLookAhead => Source == LabelSource.ForwardReturn ? Horizon : MaxHoldingPeriod;
}
