using System.Globalization;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning;

/// <summary>How the learning rate moves from epoch to epoch, as PyTorch's schedulers of the same names move it.</summary>
public abstract record LearningRateSchedule
{
    /// <summary>Whether the rate of an epoch depends on how many there will be: then a training cannot be resumed with another number.</summary>
    internal virtual bool DependsOnEpochs => false;

    /// <summary>What the learning rate is multiplied by.</summary>
    /// <param name="finishedEpochs">Epochs before this one.</param>
    internal abstract double Factor(int finishedEpochs, int epochs, in Plateau plateau);

    internal virtual void AddProblems(List<Problem> problems)
    {
    }

    private protected static void Check(List<Problem> problems, string field, double value, bool valid, string allowed)
    {
        if (!valid)
        {
            var text = value.ToString(CultureInfo.InvariantCulture);
            problems.Add(new Problem("out_of_range", $"training.scheduler.{field}", $"training.scheduler.{field} is {text}; allowed: {allowed}.") { Value = text, Allowed = allowed });
        }
    }

    private protected static void CheckFactor(List<Problem> problems, string field, double value)
        => Check(problems, field, value, value > 0 && value <= 1, "greater than 0, at most 1");
}

/// <summary>Times <paramref name="Gamma"/> after every <paramref name="Size"/> epochs.</summary>
public sealed record StepSchedule(int Size = 30, double Gamma = 0.1) : LearningRateSchedule
{
    internal override double Factor(int finishedEpochs, int epochs, in Plateau plateau) => Elementary.Pow(Gamma, finishedEpochs / Size);

    internal override void AddProblems(List<Problem> problems)
    {
        Check(problems, "step_size", Size, Size >= 1, "at least 1");
        CheckFactor(problems, "gamma", Gamma);
    }
}

/// <summary>Times <paramref name="Gamma"/> after every epoch.</summary>
public sealed record ExponentialSchedule(double Gamma = 0.95) : LearningRateSchedule
{
    internal override double Factor(int finishedEpochs, int epochs, in Plateau plateau) => Elementary.Pow(Gamma, finishedEpochs);

    internal override void AddProblems(List<Problem> problems) => CheckFactor(problems, "gamma", Gamma);
}

/// <summary>Times <paramref name="Reduction"/> whenever the monitored loss has not improved by more than a ten-thousandth of itself for more than <paramref name="Patience"/> epochs.</summary>
public sealed record PlateauSchedule(double Reduction = 0.5, int Patience = 5) : LearningRateSchedule
{
    private const double Threshold = 1e-4;

    internal override double Factor(int finishedEpochs, int epochs, in Plateau plateau) => Elementary.Pow(Reduction, plateau.Reductions);

    internal override void AddProblems(List<Problem> problems)
    {
        CheckFactor(problems, "factor", Reduction);
        Check(problems, "patience", Patience, Patience >= 0, "0 or more");
    }

    /// <summary>Where the plateau stands after one more epoch.</summary>
    internal Plateau After(in Plateau plateau, double loss)
    {
        if (loss < plateau.Best * (1 - Threshold))
        {
            return plateau with { Best = loss, BadEpochs = 0 };
        }

        return plateau.BadEpochs + 1 > Patience
            ? plateau with { BadEpochs = 0, Reductions = plateau.Reductions + 1 }
            : plateau with { BadEpochs = plateau.BadEpochs + 1 };
    }
}

/// <summary>Down along half a cosine, from the full rate in the first epoch towards 0 after the last one.</summary>
public sealed record CosineSchedule : LearningRateSchedule
{
    internal override bool DependsOnEpochs => true;

    internal override double Factor(int finishedEpochs, int epochs, in Plateau plateau) => 0.5 * (1 + Elementary.Cos(Math.PI * finishedEpochs / epochs));
}

/// <summary>What <see cref="PlateauSchedule"/> remembers between epochs.</summary>
/// <param name="Best">The least loss that counted as an improvement.</param>
/// <param name="BadEpochs">Since then, or since the last reduction.</param>
internal readonly record struct Plateau(double Best, int BadEpochs, int Reductions)
{
    public static Plateau Start => new(double.PositiveInfinity, 0, 0);
}
