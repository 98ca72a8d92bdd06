using System.Runtime.Intrinsics.X86;

namespace Ktrdr.Benchmarks;

/// <summary>
/// One row of the table. To add one: derive a sealed class with a parameterless constructor; it is found by itself.
/// <see cref="Prepare"/> builds the data; <see cref="Measure"/> does the work once and is repeated.
/// </summary>
public abstract class Benchmark
{
    /// <summary>Table name in snake_case, for instance <c>csv_load</c>: what <c>--filter</c> looks at.</summary>
    public abstract string Name { get; }

    /// <summary>Of the value, for instance <c>rows/s</c>.</summary>
    public abstract string Unit { get; }

    /// <summary>One line for readers of the table: which work, with what included.</summary>
    public abstract string Measures { get; }

    /// <summary>What others reach in the same work, or null where there is no peer.</summary>
    public virtual Peer? Peer => null;

    /// <summary>What must be reached, or null where nothing is asked.</summary>
    public virtual Target? Target => null;

    /// <summary>Untimed repetitions before the timed ones: enough for the JIT to settle.</summary>
    public virtual int WarmUps => 3;

    /// <summary>Timed repetitions; the table shows their median.</summary>
    public virtual int Repetitions => 7;

    /// <summary>Untimed, once.</summary>
    public virtual void Prepare()
    {
    }

    /// <summary>Does the work once and returns the value in <see cref="Unit"/>.</summary>
    public abstract double Measure();

    /// <summary>Items per second of one piece of work on one core.</summary>
    protected static double PerSecond(double items, Action work)
    {
        var start = Clock.Seconds;
        work();
        return items / (Clock.Seconds - start);
    }
}

/// <summary>A figure that others reach, in the same unit.</summary>
public sealed record Peer(string Name, double Value);

/// <summary>A figure to reach, in the benchmark's unit.</summary>
/// <param name="Wide">On a machine with AVX-512.</param>
/// <param name="Narrow">On one without; null: the same.</param>
/// <param name="IsLimit">Less is better.</param>
public sealed record Target(double Wide, double? Narrow = null, bool IsLimit = false)
{
    /// <summary>On this machine.</summary>
    public double Value => Avx512F.IsSupported ? Wide : Narrow ?? Wide;

    /// <summary>1 or more: reached.</summary>
    public double Ratio(double value) => !IsLimit ? value / Value : value <= 0 ? 1 : Value / value;
}
