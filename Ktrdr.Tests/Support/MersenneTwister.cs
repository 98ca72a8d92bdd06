using Ktrdr.Engine.Numerics;

namespace Ktrdr.Tests.Support;

/// <summary>MT19937 (Matsumoto &amp; Nishimura 1998): the generator of R and of numpy's RandomState, so that examples published with a seed can be drawn again.</summary>
internal sealed class MersenneTwister(uint[] state)
{
    private int _at = 624;

    public static MersenneTwister Seeded(uint seed)
    {
        var state = new uint[624];
        state[0] = seed;
        for (var i = 1u; i < 624; i++)
        {
            state[i] = (1812433253u * (state[i - 1] ^ (state[i - 1] >> 30))) + i;
        }

        return new MersenneTwister(state);
    }

    public uint Next()
    {
        if (_at == 624)
        {
            for (var i = 0; i < 624; i++)
            {
                var y = (state[i] & 0x80000000u) | (state[(i + 1) % 624] & 0x7fffffffu);
                state[i] = state[(i + 397) % 624] ^ (y >> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0dfu);
            }

            _at = 0;
        }

        var x = state[_at++];
        x ^= x >> 11;
        x ^= (x << 7) & 0x9d2c5680u;
        x ^= (x << 15) & 0xefc60000u;
        return x ^ (x >> 18);
    }
}

/// <summary>R's <c>set.seed(seed); rnorm(n)</c> with its default kinds: Mersenne Twister and inversion.</summary>
internal sealed class RNormals
{
    private const double Big = 134217728;
    private readonly MersenneTwister _uniform;

    public RNormals(uint seed)
    {
        for (var i = 0; i < 50; i++)
        {
            seed = (69069 * seed) + 1;
        }

        // R fills a position and 624 words; the position is then set to "exhausted".
        seed = (69069 * seed) + 1;
        var state = new uint[624];
        for (var i = 0; i < 624; i++)
        {
            seed = (69069 * seed) + 1;
            state[i] = seed;
        }

        _uniform = new MersenneTwister(state);
    }

    public double Next()
    {
        var coarse = Math.Floor(Big * Uniform());
        return Elementary.NormalQuantile((coarse + Uniform()) / Big);
    }

    private double Uniform() => Math.Clamp(_uniform.Next() * 2.3283064365386963e-10, 0.5 * 2.328306437080797e-10, 1 - (0.5 * 2.328306437080797e-10));
}

/// <summary>numpy's <c>RandomState(seed).standard_normal(n)</c>: Marsaglia's polar method.</summary>
internal sealed class NumpyNormals(uint seed)
{
    private readonly MersenneTwister _uniform = MersenneTwister.Seeded(seed);
    private double? _kept;

    public double Next()
    {
        if (_kept is { } kept)
        {
            _kept = null;
            return kept;
        }

        double x, y, square;
        do
        {
            x = (2 * Uniform()) - 1;
            y = (2 * Uniform()) - 1;
            square = (x * x) + (y * y);
        }
        while (square >= 1 || square == 0);

        var factor = Math.Sqrt(-2 * Math.Log(square) / square);
        _kept = factor * x;
        return factor * y;
    }

    private double Uniform() => (((_uniform.Next() >> 5) * 67108864.0) + (_uniform.Next() >> 6)) / 9007199254740992.0;
}
