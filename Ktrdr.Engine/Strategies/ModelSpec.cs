namespace Ktrdr.Engine.Strategies;

public enum ModelKind
{
    /// <summary>A multilayer perceptron over fuzzified inputs.</summary>
    Mlp,

    /// <summary>A long short-term memory network over windows of rows.</summary>
    Lstm,

    /// <summary>A gated recurrent unit network over windows of rows.</summary>
    Gru,

    /// <summary>A Takagi-Sugeno-Kang network: trainable memberships and rules.</summary>
    Tsk,
}

public enum ActivationKind
{
    Relu,
    Tanh,
    Sigmoid,
    LeakyRelu,
}

/// <summary>The network.</summary>
public sealed record ModelSpec
{
    public ModelKind Kind { get; init; } = ModelKind.Mlp;

    /// <summary>Widths of the hidden layers; the original states no default, ours is 32-16.</summary>
    public Sequence<int> HiddenLayers { get; init; } = [32, 16];

    public ActivationKind Activation { get; init; } = ActivationKind.Relu;

    /// <summary>Share of hidden units dropped per training step, in [0, 0.95].</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>lstm, gru: rows in a window, the decided row being its last; 1 for the others.</summary>
    public int SequenceLength { get; init; } = 1;

    /// <summary>lstm, gru: units per layer.</summary>
    public int HiddenSize { get; init; } = 64;

    /// <summary>lstm, gru: stacked layers.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>tsk: its rule base.</summary>
    public TskSpec Tsk { get; init; } = new();

    public bool IsRecurrent => Kind is ModelKind.Lstm or ModelKind.Gru;
}

/// <summary>The rule base of a tsk model.</summary>
/// <param name="MembershipsPerInput">Memberships of an input whose document gives none: 2 to 7.</param>
/// <param name="MaxRules">Most rules before pruning.</param>
/// <param name="PruneBelow">Rules with a smaller share of the summed mean firing times consequent are pruned after training, in [0, 0.5].</param>
public sealed record TskSpec(int MembershipsPerInput = 3, int MaxRules = 32, double PruneBelow = 0.01);
