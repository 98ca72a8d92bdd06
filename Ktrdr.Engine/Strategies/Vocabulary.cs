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
    public static readonly Vocabulary<ModelKind> Models = new([new("mlp", ModelKind.Mlp)], "lstm", "gru", "tsk");

    public static readonly Vocabulary<ActivationKind> Activations = new(
    [
        new("relu", ActivationKind.Relu), new("tanh", ActivationKind.Tanh), new("sigmoid", ActivationKind.Sigmoid), new("leaky_relu", ActivationKind.LeakyRelu),
    ]);

    public static readonly Vocabulary<NormalizationKind> Normalizations = new(
    [
        new("none", NormalizationKind.None), new("minmax", NormalizationKind.MinMax), new("zscore", NormalizationKind.ZScore),
    ]);

    public static readonly Vocabulary<OutputFormat> OutputFormats = new(
        [new("classification", OutputFormat.Classification), new("regression", OutputFormat.Regression)],
        "regime_classification", "context_classification");

    public static readonly Vocabulary<LabelSource> LabelSources = new(
        [new("triple_barrier", LabelSource.TripleBarrier), new("forward_return", LabelSource.ForwardReturn)],
        "zigzag", "regime", "context");

    public static readonly Vocabulary<VolatilityMethod> VolatilityMethods = new(
        [new("atr", VolatilityMethod.Atr), new("log_return", VolatilityMethod.LogReturn), new("std", VolatilityMethod.LogReturn)]);

    public static readonly Vocabulary<LossKind> Losses = new(
        [new("cross_entropy", LossKind.CrossEntropy), new("huber", LossKind.Huber), new("mse", LossKind.Mse)],
        "focal");

    public static readonly Vocabulary<OptimizerKind> Optimizers = new(
        [new("adam", OptimizerKind.Adam), new("adamw", OptimizerKind.AdamW), new("sgd", OptimizerKind.Sgd), new("rmsprop", OptimizerKind.RmsProp)]);

    public static readonly Vocabulary<SymbolScope> SymbolScopes = new(
        [new("universal", SymbolScope.Universal), new("training_only", SymbolScope.TrainingOnly)],
        "group_restricted");
}
