using System.Globalization;

namespace Ktrdr.Engine.Learning.Mlp;

/// <summary>A multilayer perceptron: linear layers, one activation and dropout after each hidden layer, no activation after the last.</summary>
/// <param name="Inputs">Feature columns, at least 1.</param>
/// <param name="Hidden">Widths of the hidden layers, 1 to 8 of them, each 1 to 1024.</param>
/// <param name="Outputs">Classes (2 to 64), or 1 for regression.</param>
/// <param name="Activation">After every hidden layer.</param>
/// <param name="Dropout">Probability that a hidden unit is dropped in training, in [0, 0.95].</param>
public sealed record MlpShape(int Inputs, IReadOnlyList<int> Hidden, int Outputs, Activation Activation, float Dropout) : NetworkShape(Inputs, Outputs)
{
    public const string Kind = "mlp";

    /// <summary>Of a hidden layer.</summary>
    public const int MostUnits = 1024;

    public override float DropoutRate => Dropout;

    public override int ParameterCount => Widths().Zip(Widths().Skip(1), (inputs, outputs) => (inputs + 1) * outputs).Sum();

    /// <summary>For instance <c>30-64-32-3 relu dropout 0.2</c>.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{string.Join('-', Widths())} {ActivationName} dropout {Dropout:R}");

    public bool Equals(MlpShape? other)
        => other is not null && Inputs == other.Inputs && Outputs == other.Outputs && Activation == other.Activation
            && Dropout.Equals(other.Dropout) && Hidden.SequenceEqual(other.Hidden);

    public override int GetHashCode() => HashCode.Combine(Inputs, Outputs, Activation, Hidden.Count);

    internal override Network CreateNetwork() => new MlpNetwork(this);

    /// <summary>Inputs, hidden layers, outputs.</summary>
    internal IEnumerable<int> Widths() => Hidden.Prepend(Inputs).Append(Outputs);

    private protected override void AddProblems(List<Problem> problems)
    {
        Check(problems, "model.hidden_layers", Hidden.Count, 1, 8, "number of hidden layers");
        for (var i = 0; i < Hidden.Count; i++)
        {
            Check(problems, $"model.hidden_layers[{i}]", Hidden[i], 1, MostUnits);
        }

        if (!Enum.IsDefined(Activation))
        {
            problems.Add(new Problem("unknown_activation", "model.activation", $"model.activation {(int)Activation} is unknown; allowed: relu, tanh, sigmoid, leaky_relu."));
        }

        CheckDropout(problems, Dropout);
    }

    private string ActivationName => Activation == Activation.LeakyRelu ? "leaky_relu" : Activation.ToString().ToLowerInvariant();
}
