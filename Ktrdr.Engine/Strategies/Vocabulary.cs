namespace Ktrdr.Engine.Strategies;

/// <summary>The words of one choice in the grammar: those we know, in the order they are offered, and those that the grammar knows and we do not have yet.</summary>
internal sealed class Vocabulary<T>(IReadOnlyList<KeyValuePair<string, T>> words, params string[] notImplemented)
    where T : struct, Enum
{
    public IReadOnlyList<string> Names { get; } = words.Select(w => w.Key).ToArray();

    public IReadOnlyList<string> NotImplemented { get; } = notImplemented;

    public bool TryFind(string name, out T value)
    {
        foreach (var word in words)
        {
            if (word.Key == name)
            {
                value = word.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The first word for a value.</summary>
    public string NameOf(T value)
    {
        foreach (var word in words)
        {
            if (EqualityComparer<T>.Default.Equals(word.Value, value))
            {
                return word.Key;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(value), value, $"{typeof(T).Name} {value} has no word in the grammar.");
    }
}

/// <summary>All choices of the grammar: the reader and the writer use the same words.</summary>
internal static class Vocabulary
{
    public static readonly Vocabulary<ModelKind> Models = new([new("mlp", ModelKind.Mlp), new("lstm", ModelKind.Lstm), new("gru", ModelKind.Gru), new("tsk", ModelKind.Tsk)]);

    public static readonly Vocabulary<ActivationKind> Activations = new(
    [
        new("relu", ActivationKind.Relu), new("tanh", ActivationKind.Tanh), new("sigmoid", ActivationKind.Sigmoid), new("leaky_relu", ActivationKind.LeakyRelu),
    ]);

    public static readonly Vocabulary<NormalizationKind> Normalizations = new(
    [
        new("none", NormalizationKind.None), new("minmax", NormalizationKind.MinMax), new("zscore", NormalizationKind.ZScore),
    ]);

    public static readonly Vocabulary<OutputFormat> OutputFormats = new(
    [
        new("classification", OutputFormat.Classification), new("regression", OutputFormat.Regression),
        new("regime_classification", OutputFormat.RegimeClassification), new("context_classification", OutputFormat.ContextClassification),
    ]);

    public static readonly Vocabulary<LabelSource> LabelSources = new(
    [
        new("triple_barrier", LabelSource.TripleBarrier), new("forward_return", LabelSource.ForwardReturn), new("zigzag", LabelSource.Zigzag),
        new("regime", LabelSource.Regime), new("context", LabelSource.Context),
    ]);

    public static readonly Vocabulary<VolatilityMethod> VolatilityMethods = new(
        [new("atr", VolatilityMethod.Atr), new("log_return", VolatilityMethod.LogReturn), new("std", VolatilityMethod.LogReturn)]);

    public static readonly Vocabulary<LossKind> Losses = new(
        [new("cross_entropy", LossKind.CrossEntropy), new("focal", LossKind.Focal), new("huber", LossKind.Huber), new("mse", LossKind.Mse)]);

    public static readonly Vocabulary<OptimizerKind> Optimizers = new(
        [new("adam", OptimizerKind.Adam), new("adamw", OptimizerKind.AdamW), new("sgd", OptimizerKind.Sgd), new("rmsprop", OptimizerKind.RmsProp)]);

    public static readonly Vocabulary<ScheduleKind> Schedules = new(
    [
        new("step", ScheduleKind.Step), new("exponential", ScheduleKind.Exponential), new("reduce_on_plateau", ScheduleKind.ReduceOnPlateau), new("cosine", ScheduleKind.Cosine),
    ]);

    public static readonly Vocabulary<SymbolScope> SymbolScopes = new(
        [new("universal", SymbolScope.Universal), new("training_only", SymbolScope.TrainingOnly)],
        "group_restricted");

    public static readonly Vocabulary<ContextProvider> ContextProviders = new(
        [new("ib", ContextProvider.Ib), new("fred", ContextProvider.Fred), new("cftc_cot", ContextProvider.CftcCot)],
        "calendar", "sentiment");

    public static readonly Vocabulary<SizingKind> Sizings = new(
    [
        new("fraction", SizingKind.Fraction), new("units", SizingKind.Units), new("volatility_target", SizingKind.VolatilityTarget), new("risk_per_trade", SizingKind.RiskPerTrade),
    ]);

    public static readonly Vocabulary<ExitUnit> ExitUnits = new([new("percent", ExitUnit.Percent), new("atr", ExitUnit.Atr), new("price", ExitUnit.Price)]);

    public static readonly Vocabulary<ValidationScheme> ValidationSchemes = new(
    [
        new("holdout", ValidationScheme.Holdout), new("walk_forward", ValidationScheme.WalkForward),
        new("purged_kfold", ValidationScheme.PurgedKFold), new("combinatorial", ValidationScheme.CombinatorialPurged),
    ]);

    public static readonly Vocabulary<Regime> Regimes = new(
    [
        new("trending_up", Regime.TrendingUp), new("trending_down", Regime.TrendingDown), new("ranging", Regime.Ranging), new("volatile", Regime.Volatile),
    ]);

    public static readonly Vocabulary<RegimeTransition> RegimeTransitions = new(
        [new("close_and_switch", RegimeTransition.CloseAndSwitch), new("let_run", RegimeTransition.LetRun)]);
}
