using System.Text;

namespace Ktrdr.Engine.Numerics;

/// <summary>The complete state of a <see cref="Generator"/>, small enough to lie in every checkpoint.</summary>
public readonly record struct GeneratorState(ulong S0, ulong S1, ulong S2, ulong S3);

/// <summary>
/// Seeded random numbers: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), its state filled by SplitMix64.
/// One generator per purpose: <c>new Generator(seed, "shuffle")</c> and <c>new Generator(seed, "init")</c> are independent streams of the same seed.
/// Not thread-safe: give each thread its own stream.
/// </summary>
public sealed class Generator
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15UL;

    private ulong _s0, _s1, _s2, _s3;

    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">The purpose, for instance <c>shuffle</c>; other names give other, independent numbers.</param>
    public Generator(ulong seed, string stream)
    {
        var seeding = Derive(seed, stream);
        _s0 = NextSplitMix(ref seeding);
        _s1 = NextSplitMix(ref seeding);
        _s2 = NextSplitMix(ref seeding);
        _s3 = NextSplitMix(ref seeding);
    }

    /// <summary>Continues exactly where the generator that gave this state stood.</summary>
    public Generator(GeneratorState state) => State = state;

    /// <summary>The state; setting it makes the generator continue from there.</summary>
    /// <exception cref="ArgumentException">All four words are zero: xoshiro would return zero for ever.</exception>
    public GeneratorState State
    {
        get => new(_s0, _s1, _s2, _s3);
        set
        {
            if ((value.S0 | value.S1 | value.S2 | value.S3) == 0)
            {
                throw new ArgumentException("A generator's state must not be all zero.", nameof(value));
            }

            (_s0, _s1, _s2, _s3) = (value.S0, value.S1, value.S2, value.S3);
        }
    }

    /// <summary>A seed for a sub-task (a fold, a member, a bootstrap), from the parent's seed and the sub-task's name alone.</summary>
    public static ulong Derive(ulong seed, string purpose)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        const ulong fnvOffset = 14695981039346656037UL;
        const ulong fnvPrime = 1099511628211UL;
        var hash = fnvOffset;
        foreach (var b in Encoding.UTF8.GetBytes(purpose))
        {
            hash = (hash ^ b) * fnvPrime;
        }

        return Mix(Mix(seed + GoldenGamma) ^ hash);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        var result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, <paramref name="exclusiveMax"/>), without modulo bias (Lemire, "Fast random integer generation in an interval", 2019).</summary>
    public int NextInt(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMax);
        var range = (ulong)exclusiveMax;
        var high = Math.BigMul(NextUInt64(), range, out var low);
        if (low < range)
        {
            var threshold = (0UL - range) % range;
            while (low < threshold)
            {
                high = Math.BigMul(NextUInt64(), range, out low);
            }
        }

        return (int)high;
    }

    /// <summary>Standard normal by inversion, so that one draw uses one number and no half-used pair must be kept in checkpoints. Range ±8.2.</summary>
    public double NextGaussian() => Elementary.NormalQuantile(((NextUInt64() >> 12) + 0.5) * (1.0 / (1UL << 52)));

    /// <summary>Fisher-Yates, every order equally likely.</summary>
    public void Shuffle(Span<int> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    internal static ulong NextSplitMix(ref ulong state) => Mix(state += GoldenGamma);

    /// <summary>SplitMix64's finaliser: a bijection that turns a counter into well-mixed bits.</summary>
    internal static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
