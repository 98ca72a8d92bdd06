namespace Ktrdr.Benchmarks;

/// <summary>
/// One row or a few related rows of the table. To add one: derive a sealed class with a parameterless constructor; it is found by itself.
/// <see cref="Prepare"/> builds the data; <see cref="Measure"/> does the work once and is repeated.
/// </summary>
public abstract class Benchmark
{
    /// <summary>Table name in snake_case, for instance <c>csv_load</c>: what <c>--filter</c> looks at.</summary>
    public abstract string Name { get; }

    /// <summary>Of the value, for instance <c>rows/s</c>.</summary>
    public abstract string Unit { get; }

    /// <summary>What others reach in the same work, or null where there is no peer.</summary>
    public virtual Peer? Peer => null;

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

    /// <summary>Items per second of one piece of work.</summary>
    protected static double PerSecond(double items, Action work)
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        work();
        return items / System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}

/// <summary>A figure that others reach, in the same unit.</summary>
public sealed record Peer(string Name, double Value);
