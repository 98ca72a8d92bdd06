using System.Globalization;

namespace Ktrdr.Engine.Learning;

/// <summary>The nonlinearity after every hidden layer; <see cref="LeakyRelu"/> has slope 0.01 below zero.</summary>
public enum Activation
{
    Relu,
    Tanh,
    Sigmoid,
    LeakyRelu,
}

/// <summary>A multilayer perceptron: linear layers, one activation and dropout after each hidden layer, no activation after the last.</summary>
/// <param name="Inputs">Feature columns, at least 1.</param>
/// <param name="Hidden">Widths of the hidden layers, 1 to 8 of them, each 1 to 1024.</param>
/// <param name="Outputs">Classes (2 to 64), or 1 for regression.</param>
/// <param name="Activation">After every hidden layer.</param>
/// <param name="Dropout">Probability that a hidden unit is dropped in training, in [0, 0.95].</param>
public sealed record NetworkShape(int Inputs, IReadOnlyList<int> Hidden, int Outputs, Activation Activation, float Dropout)
{
    /// <summary>Throws with every problem of the shape at once.</summary>
    /// <exception cref="InvalidInputException">A width, the number of layers or dropout is out of range.</exception>
    public void Validate()
    {
        var problems = new List<Problem>();
        Check(problems, "model.inputs", Inputs, 1, 65_536);
        Check(problems, "model.hidden_layers", Hidden.Count, 1, 8, "number of hidden layers");
        for (var i = 0; i < Hidden.Count; i++)
        {
            Check(problems, $"model.hidden_layers[{i}]", Hidden[i], 1, 1024);
        }

        Check(problems, "model.outputs", Outputs, 1, 64);
        if (!Enum.IsDefined(Activation))
        {
            problems.Add(new Problem("unknown_activation", "model.activation", $"model.activation {(int)Activation} is unknown; allowed: relu, tanh, sigmoid, leaky_relu."));
        }

        if (!(Dropout >= 0 && Dropout <= 0.95f))
        {
            problems.Add(new Problem("out_of_range", "model.dropout", string.Create(CultureInfo.InvariantCulture, $"model.dropout is {Dropout}; allowed: 0 to 0.95.")));
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }

    /// <summary>For instance <c>30-64-32-3 relu dropout 0.2</c>: equal texts mean equal shapes.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Inputs}-{string.Join('-', Hidden)}-{Outputs} {ActivationName} dropout {Dropout:R}");

    public bool Equals(NetworkShape? other)
        => other is not null && Inputs == other.Inputs && Outputs == other.Outputs && Activation == other.Activation
            && Dropout.Equals(other.Dropout) && Hidden.SequenceEqual(other.Hidden);

    public override int GetHashCode() => HashCode.Combine(Inputs, Outputs, Activation, Hidden.Count);

    private string ActivationName => Activation == Activation.LeakyRelu ? "leaky_relu" : Activation.ToString().ToLowerInvariant();

    private static void Check(List<Problem> problems, string path, int value, int min, int max, string? meaning = null)
    {
        if (value < min || value > max)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{path}{(meaning is null ? "" : $" ({meaning})")} is {value}; allowed: {min} to {max}.");
            problems.Add(new Problem("out_of_range", path, text) { Value = value.ToString(CultureInfo.InvariantCulture), Allowed = $"{min} to {max}" });
        }
    }
}
