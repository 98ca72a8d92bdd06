namespace Ktrdr.Engine.Strategies;

public enum LossKind
{
    CrossEntropy,

    /// <summary>Cross-entropy that counts well-classified rows less; Lin et al. (2017).</summary>
    Focal,
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

    /// <summary>Cross-entropy or focal for classification, Huber or MSE for regression.</summary>
    public LossKind Loss { get; init; } = LossKind.CrossEntropy;

    /// <summary>Huber only: where the loss turns from square to linear, in units of the target (a fraction of price).</summary>
    public double HuberDelta { get; init; } = 0.01;

    /// <summary>Focal only: the exponent that plays down well-classified rows.</summary>
    public double FocalGamma { get; init; } = 2;

    public int Epochs { get; init; } = 100;

    public int BatchSize { get; init; } = 32;

    public double LearningRate { get; init; } = 0.001;

    /// <summary>How the learning rate moves; null: it stays.</summary>
    public ScheduleSpec? Schedule { get; init; }

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

public enum ScheduleKind
{
    Step,
    Exponential,
    ReduceOnPlateau,
    Cosine,
}

/// <summary>How the learning rate moves from epoch to epoch.</summary>
/// <param name="StepSize">step: epochs between two reductions.</param>
/// <param name="Gamma">step, exponential: factor of a reduction; null: 0.1 for step, 0.95 for exponential.</param>
/// <param name="Factor">reduce_on_plateau: factor of a reduction.</param>
/// <param name="Patience">reduce_on_plateau: epochs without improvement before a reduction.</param>
public sealed record ScheduleSpec(ScheduleKind Kind, int StepSize = 30, double? Gamma = null, double Factor = 0.5, int Patience = 5);

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

    /// <summary>The side of the percent-reversal swing that a bar lies in.</summary>
    Zigzag,

    /// <summary>Trending up, trending down, ranging or volatile, from swings on two scales.</summary>
    Regime,

    /// <summary>Bullish, bearish or neutral, by the forward return.</summary>
    Context,
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

    /// <summary>forward_return and context: bars ahead. The original's default is 20, for context 5.</summary>
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

    /// <summary>zigzag: a swing turns when price has reversed by this fraction.</summary>
    public double ZigzagThreshold { get; init; } = 0.02;

    /// <summary>regime: reversal of a large swing, in median average true ranges.</summary>
    public double MacroAtrMult { get; init; } = 3;

    /// <summary>regime: reversal of a small swing, in median average true ranges.</summary>
    public double MicroAtrMult { get; init; } = 1;

    /// <summary>regime: bars of the average true range, and of the forward volatility.</summary>
    public int AtrPeriod { get; init; } = 14;

    /// <summary>regime: bars of the historical volatility.</summary>
    public int VolLookback { get; init; } = 120;

    /// <summary>regime: volatile where forward volatility exceeds this multiple of the historical one.</summary>
    public double VolCrisisThreshold { get; init; } = 2;

    /// <summary>regime: share of small swings that must progress for a trend.</summary>
    public double ProgressionTolerance { get; init; } = 0.5;

    /// <summary>context: bullish above this forward return.</summary>
    public double BullishThreshold { get; init; } = 0.005;

    /// <summary>context: bearish below this forward return.</summary>
    public double BearishThreshold { get; init; } = -0.005;

    /// <summary>True where the target is a number rather than a class.</summary>
    public bool IsRegression => Source == LabelSource.ForwardReturn;

    /// <summary>Classes of the label; 0 for a regression.</summary>
    public int ClassCount => Source switch
    {
        LabelSource.ForwardReturn => 0,
        LabelSource.Regime => 4,
        _ => 3,
    };

    /// <summary>Bars after the labelled one that a label may look at; null where only the data decides (zigzag, regime: until a swing is confirmed).</summary>
    public int? LongestLookAhead => Source switch
    {
        LabelSource.ForwardReturn or LabelSource.Context => Horizon,
        LabelSource.TripleBarrier => MaxHoldingPeriod,
        _ => null,
    };
}
