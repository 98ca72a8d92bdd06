using System.Globalization;
using System.Text.Json.Serialization;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.Learning.Recurrent;
using Ktrdr.Engine.Learning.Tsk;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// What a network looks like: everything but its weights. A new kind of network is a shape with its <c>kind</c> in <c>model.json</c> (one line below), a
/// <see cref="Network"/> that lays its parameters out, and a <see cref="GradientPass"/> that runs a tile of rows through it; trainer, checkpoints, weight files
/// and prediction are shared.
/// </summary>
/// <param name="Inputs">Feature columns, at least 1.</param>
/// <param name="Outputs">Classes (2 to 64), or 1 for regression.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = KindProperty)]
[JsonDerivedType(typeof(MlpShape), MlpShape.Kind)]
[JsonDerivedType(typeof(RecurrentShape), RecurrentShape.Kind)]
[JsonDerivedType(typeof(TskShape), TskShape.Kind)]
public abstract record NetworkShape(int Inputs, int Outputs)
{
    /// <summary>The JSON property that says which kind of network follows.</summary>
    public const string KindProperty = "kind";

    /// <summary>Rows that one prediction reads: the row itself and the ones before it.</summary>
    [JsonIgnore]
    public int SequenceLength => RowsPerPrediction;

    /// <summary>Probability that a unit is dropped in training; 0 for kinds without dropout.</summary>
    [JsonIgnore]
    public virtual float DropoutRate => 0;

    /// <summary>Trained numbers, without padding.</summary>
    [JsonIgnore]
    public abstract int ParameterCount { get; }

    /// <summary>Throws with every problem of the shape at once.</summary>
    /// <exception cref="InvalidInputException">A width, the number of layers, dropout … is out of range.</exception>
    public void Validate()
    {
        var problems = new List<Problem>();
        Check(problems, "model.inputs", Inputs, 1, 65_536);
        AddProblems(problems);
        Check(problems, "model.outputs", Outputs, 1, 64);
        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }

    /// <summary>In words of one line: equal texts mean equal shapes.</summary>
    public abstract override string ToString();

    private protected virtual int RowsPerPrediction => 1;

    /// <summary>A network of this shape with all parameters 0.</summary>
    internal abstract Network CreateNetwork();

    private protected abstract void AddProblems(List<Problem> problems);

    private protected static void Check(List<Problem> problems, string path, int value, int min, int max, string? meaning = null)
    {
        if (value < min || value > max)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{path}{(meaning is null ? "" : $" ({meaning})")} is {value}; allowed: {min} to {max}.");
            problems.Add(new Problem("out_of_range", path, text) { Value = value.ToString(CultureInfo.InvariantCulture), Allowed = $"{min} to {max}" });
        }
    }

    private protected static void CheckDropout(List<Problem> problems, float dropout)
    {
        if (!(dropout >= 0 && dropout <= 0.95f))
        {
            problems.Add(new Problem("out_of_range", "model.dropout", string.Create(CultureInfo.InvariantCulture, $"model.dropout is {dropout}; allowed: 0 to 0.95.")));
        }
    }
}
