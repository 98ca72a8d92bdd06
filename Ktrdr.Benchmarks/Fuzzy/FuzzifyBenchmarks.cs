using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Benchmarks.Fuzzy;

/// <summary>Memberships per second over 100 000 values of an oscillator.</summary>
public abstract class FuzzifyBenchmark(string name, string shape, double target, MembershipKind kind, double[] parameters) : Benchmark
{
    private const int Values = 100_000;
    private const int Tile = 512;
    private const int Rounds = 2_000;
    private readonly MembershipFunction _function = MembershipCatalog.Create(kind, parameters);
    private readonly double[] _values = new double[Values];
    private readonly float[] _memberships = new float[Tile];

    public override string Name => name;

    public override string Unit => "memberships/s";

    public override string Measures => $"{shape} memberships of 100 000 values, 512 at a time as features are made";

    public override Target? Target => new(target);

    public override Peer? Peer => new("Python original", 3e6);

    public override void Prepare()
    {
        var generator = new Generator(1, "fuzzify");
        for (var i = 0; i < Values; i++)
        {
            _values[i] = 100 * generator.NextDouble();
        }
    }

    public override double Measure() => PerSecond((double)Values * Rounds, () =>
    {
        for (var round = 0; round < Rounds; round++)
        {
            for (var start = 0; start < Values; start += Tile)
            {
                _function.Evaluate(_values.AsSpan(start, Math.Min(Tile, Values - start)), _memberships);
            }
        }
    });
}

public sealed class FuzzifyTriangular() : FuzzifyBenchmark("fuzzify", "Triangular", 2e9, MembershipKind.Triangular, [20, 40, 60]);

public sealed class FuzzifyGaussian() : FuzzifyBenchmark("fuzzify_gaussian", "Gaussian", 1e9, MembershipKind.Gaussian, [50, 12]);
