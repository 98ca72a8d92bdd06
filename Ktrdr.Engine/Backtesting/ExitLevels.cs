using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Where an open position is left inside a bar. Distances are set at the entry; only the trailing stop moves, with the best price of completed bars.</summary>
internal struct ExitLevels
{
    private int _side;
    private bool _isTrailing;

    /// <summary>The trailing stop is best · keep − shift: keep is 1 for a distance, shift 0 for a fraction.</summary>
    private double _keep;
    private double _shift;

    /// <summary>Fixed stop; ∓∞ for a long or short without one.</summary>
    public double Stop;

    /// <summary>±∞ for a long or short without one.</summary>
    public double Target;

    /// <summary>Best price since the entry: its own, then the highest high (short: lowest low) of completed bars.</summary>
    public double Best;

    /// <summary>Any level at all.</summary>
    public bool IsSet;

    public readonly bool IsTrailing => _isTrailing;

    /// <param name="exits">What the run uses.</param>
    /// <param name="side">Of the position, 1 or -1.</param>
    /// <param name="price">Of the entry, costs included: levels in fractions and distances count from it.</param>
    /// <param name="averageRange">Average true range as of the decision; NaN where no level needs it.</param>
    public static ExitLevels Of(ExitSpec? exits, int side, double price, double averageRange)
    {
        var levels = new ExitLevels { _side = side, Stop = -side * double.PositiveInfinity, Target = side * double.PositiveInfinity, Best = price };
        if (exits is null)
        {
            return levels;
        }

        if (exits.Stop is { } stop)
        {
            levels.Stop = price - (side * Distance(stop, price, averageRange));
        }

        if (exits.Target is { } target)
        {
            levels.Target = price + (side * Distance(target, price, averageRange));
        }

        if (exits.Trailing is { } trailing)
        {
            levels._isTrailing = true;
            (levels._keep, levels._shift) = trailing.Unit == ExitUnit.Percent
                ? (1 - (side * trailing.Amount), 0.0)
                : (1.0, side * Distance(trailing, price, averageRange));
        }

        levels.IsSet = exits.Stop is not null || exits.Target is not null || exits.Trailing is not null;
        return levels;
    }

    /// <summary>In price.</summary>
    public static double Distance(ExitLevel level, double price, double averageRange) => level.Unit switch
    {
        ExitUnit.Percent => price * level.Amount,
        ExitUnit.Atr => averageRange * level.Amount,
        _ => level.Amount,
    };

    /// <summary>The level at which the position is stopped out in a bar that begins with the current <see cref="Best"/>, and which stop it is.</summary>
    public readonly (double Level, FillReason Reason) StopNow()
    {
        if (!IsTrailing)
        {
            return (Stop, FillReason.Stop);
        }

        var trail = TrailFrom(Best);
        return _side > 0 ? (trail > Stop ? (trail, FillReason.TrailingStop) : (Stop, FillReason.Stop))
            : trail < Stop ? (trail, FillReason.TrailingStop) : (Stop, FillReason.Stop);
    }

    /// <summary>Bars that are now complete move <see cref="Best"/>.</summary>
    public void Complete(ReadOnlySpan<double> highs, ReadOnlySpan<double> lows)
    {
        if (_isTrailing && highs.Length > 0)
        {
            var (highest, lowest) = Extremes.Of(highs, lows, Best);
            Best = _side > 0 ? highest : lowest;
        }
    }

    /// <summary>Index of the first bar whose range reaches a level; the number of bars where none does. Changes nothing.</summary>
    public readonly int FirstReached(ReadOnlySpan<double> highs, ReadOnlySpan<double> lows) =>
        _isTrailing ? (_side > 0 ? FirstTrailedLong(highs, lows) : FirstTrailedShort(highs, lows))
        : _side > 0 ? FirstOutside(highs, lows, Stop, Target)
        : FirstOutside(highs, lows, Target, Stop);

    private readonly double TrailFrom(double best) => (best * _keep) - _shift;

    private readonly int FirstTrailedLong(ReadOnlySpan<double> highs, ReadOnlySpan<double> lows)
    {
        var (best, keep, shift, stop, target) = (Best, _keep, _shift, Stop, Target);
        lows = lows[..highs.Length];
        for (var i = 0; i < highs.Length; i++)
        {
            if (lows[i] <= double.MaxNative(stop, (best * keep) - shift) || highs[i] >= target)
            {
                return i;
            }

            best = double.MaxNative(best, highs[i]);
        }

        return highs.Length;
    }

    private readonly int FirstTrailedShort(ReadOnlySpan<double> highs, ReadOnlySpan<double> lows)
    {
        var (best, keep, shift, stop, target) = (Best, _keep, _shift, Stop, Target);
        lows = lows[..highs.Length];
        for (var i = 0; i < highs.Length; i++)
        {
            if (highs[i] >= double.MinNative(stop, (best * keep) - shift) || lows[i] <= target)
            {
                return i;
            }

            best = double.MinNative(best, lows[i]);
        }

        return highs.Length;
    }

    /// <summary>First bar with a low at or below <paramref name="lower"/> or a high at or above <paramref name="upper"/>.</summary>
    private static int FirstOutside(ReadOnlySpan<double> highs, ReadOnlySpan<double> lows, double lower, double upper)
    {
        ref var high = ref MemoryMarshal.GetReference(highs);
        ref var low = ref MemoryMarshal.GetReference(lows);
        var (bottom, top) = (Vector256.Create(lower), Vector256.Create(upper));
        var i = 0;
        for (; i <= highs.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var outside = Vector256.LessThanOrEqual(Vector256.LoadUnsafe(ref low, (nuint)i), bottom)
                | Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref high, (nuint)i), top);
            var bits = outside.ExtractMostSignificantBits();
            if (bits != 0)
            {
                return i + BitOperations.TrailingZeroCount(bits);
            }
        }

        while (i < highs.Length && lows[i] > lower && highs[i] < upper)
        {
            i++;
        }

        return i;
    }
}
