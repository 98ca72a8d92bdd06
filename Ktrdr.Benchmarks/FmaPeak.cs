using System.Runtime.Intrinsics;

namespace Ktrdr.Benchmarks;

/// <summary>
/// What one core gives in this very session: shared machines have slow phases and busy neighbours, so the other rows are best read as a share of this one.
/// </summary>
public sealed class FmaPeak : Benchmark
{
    /// <summary>Of the machine on which targets and peers were measured, idle, GFLOP/s.</summary>
    public const double Reference = 117;

    private const int Rounds = 2_000_000;

    public override string Name => "fma_peak";

    public override string Unit => "GFLOP/s";

    public override string Measures => "What one core gives at best: fused multiply-adds of eight lanes in registers. Read the other rows as a share of it";

    public override Peer? Peer => new("reference machine, idle", Reference);

    public override int Repetitions => 15;

    public override double Measure() => PerSecond(Rounds * 12.0 * 16 / 1e9, () => Sink = Chains(Rounds));

    public float Sink { get; private set; }

    /// <summary>Twelve independent chains: enough to hide a latency of four cycles on two units.</summary>
    private static float Chains(int rounds)
    {
        Vector256<float> m = Vector256.Create(0.999f), c = Vector256.Create(0.001f);
        Vector256<float> a0 = m, a1 = m, a2 = m, a3 = m, a4 = m, a5 = m, b0 = m, b1 = m, b2 = m, b3 = m, b4 = m, b5 = m;
        for (var i = 0; i < rounds; i++)
        {
            a0 = Vector256.FusedMultiplyAdd(a0, m, c);
            a1 = Vector256.FusedMultiplyAdd(a1, m, c);
            a2 = Vector256.FusedMultiplyAdd(a2, m, c);
            a3 = Vector256.FusedMultiplyAdd(a3, m, c);
            a4 = Vector256.FusedMultiplyAdd(a4, m, c);
            a5 = Vector256.FusedMultiplyAdd(a5, m, c);
            b0 = Vector256.FusedMultiplyAdd(b0, m, c);
            b1 = Vector256.FusedMultiplyAdd(b1, m, c);
            b2 = Vector256.FusedMultiplyAdd(b2, m, c);
            b3 = Vector256.FusedMultiplyAdd(b3, m, c);
            b4 = Vector256.FusedMultiplyAdd(b4, m, c);
            b5 = Vector256.FusedMultiplyAdd(b5, m, c);
        }

        return (a0 + a1 + a2 + a3 + a4 + a5 + b0 + b1 + b2 + b3 + b4 + b5)[0];
    }
}
