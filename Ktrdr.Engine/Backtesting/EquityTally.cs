using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Ktrdr.Engine.Statistics;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// What the measures of an equity curve need. Returns are simple and 0 once the account is worth nothing or less. Element i of the curve always goes to
/// virtual lane i mod 8, and the lanes are joined in one fixed order, so that the bits depend neither on the machine nor on the cuts between stretches.
/// </summary>
internal sealed class EquityTally
{
    private const int Lanes = 8;
    private const int Half = Lanes / 2;

    private readonly double _initial;
    private readonly double[] _values;
    private readonly double[] _returns = new double[Lanes];
    private readonly double[] _squares = new double[Lanes];
    private readonly double[] _lossSquares = new double[Lanes];
    private readonly double[] _equities = new double[Lanes];
    private int _count;
    private double _peak;

    /// <summary>From here on a value counts as the peak reached again: closer than what rounding leaves of an account that came back to it.</summary>
    private double _reached;
    private double _trough;
    private int _peakCount;
    private double _deepest;
    private int _longest;

    /// <param name="equity">The curve; its elements are read when they are added.</param>
    /// <param name="initialCapital">Account value before its first element.</param>
    public EquityTally(double[] equity, double initialCapital)
    {
        (_values, _initial) = (equity, initialCapital);
        (_peak, _reached, _trough) = (initialCapital, Reached(initialCapital), initialCapital);
    }

    /// <summary>Adds the curve's next elements, up to <paramref name="until"/>; all stretches but the last are multiples of 8 long.</summary>
    public void AddUntil(int until)
    {
        if (_count % Lanes != 0)
        {
            throw new InvalidOperationException($"after {_count} values nothing can be added");
        }

        AddReturns(until);
        AddDrawdowns(until);
        _count = until;
    }

    public double Growth => Last / _initial;

    public double MeanEquity => Join(_equities) / _count;

    public double MeanReturn => Join(_returns) / _count;

    /// <summary>Sample standard deviation of the returns per bar; null for fewer than two bars.</summary>
    public double? Deviation
    {
        get
        {
            if (_count < 2)
            {
                return null;
            }

            var (sum, squares) = (Join(_returns), Join(_squares));
            var squaredDeviations = squares - (sum * sum / _count);
            return squaredDeviations > ReturnMoments.VarianceNoise * squares ? AboveNoise(Math.Sqrt(squaredDeviations / (_count - 1))) : 0;
        }
    }

    /// <summary>Root of the mean squared return below 0.</summary>
    public double DownsideDeviation => AboveNoise(Math.Sqrt(Join(_lossSquares) / _count));

    /// <summary>Deepest fall below the running peak, as a positive fraction of it.</summary>
    public double MaxDrawdown => AboveNoise(_trough < _peak ? Math.Max(_deepest, (_peak - _trough) / _peak) : _deepest);

    /// <summary>Most bars in a row below an earlier peak.</summary>
    public int MaxDrawdownBars => MaxDrawdown > 0 ? Math.Max(_longest, _count - _peakCount) : 0;

    private double Last => _count == 0 ? _initial : _values[_count - 1];

    private void AddReturns(int until)
    {
        ref var values = ref MemoryMarshal.GetArrayDataReference(_values);
        var (zero, one) = (Vector256<double>.Zero, Vector256<double>.One);
        var (equities0, equities1) = (Vector256.Create(_equities, 0), Vector256.Create(_equities, Half));
        var (returns0, returns1) = (Vector256.Create(_returns, 0), Vector256.Create(_returns, Half));
        var (squares0, squares1) = (Vector256.Create(_squares, 0), Vector256.Create(_squares, Half));
        var (losses0, losses1) = (Vector256.Create(_lossSquares, 0), Vector256.Create(_lossSquares, Half));
        var i = _count;
        for (; i <= until - Lanes; i += Lanes)
        {
            var value0 = Vector256.LoadUnsafe(ref values, (nuint)i);
            var value1 = Vector256.LoadUnsafe(ref values, (nuint)(i + Half));
            var before0 = i == 0 ? Vector256.Create(_initial, values, _values[1], _values[2]) : Vector256.LoadUnsafe(ref values, (nuint)(i - 1));
            var before1 = Vector256.LoadUnsafe(ref values, (nuint)(i + Half - 1));
            var return0 = Vector256.ConditionalSelect(Vector256.GreaterThan(before0, zero), (value0 / before0) - one, zero);
            var return1 = Vector256.ConditionalSelect(Vector256.GreaterThan(before1, zero), (value1 / before1) - one, zero);
            var loss0 = Vector256.MinNative(return0, zero);
            var loss1 = Vector256.MinNative(return1, zero);
            equities0 += value0;
            equities1 += value1;
            returns0 += return0;
            returns1 += return1;
            squares0 = Vector256.FusedMultiplyAdd(return0, return0, squares0);
            squares1 = Vector256.FusedMultiplyAdd(return1, return1, squares1);
            losses0 = Vector256.FusedMultiplyAdd(loss0, loss0, losses0);
            losses1 = Vector256.FusedMultiplyAdd(loss1, loss1, losses1);
        }

        equities0.CopyTo(_equities);
        equities1.CopyTo(_equities, Half);
        returns0.CopyTo(_returns);
        returns1.CopyTo(_returns, Half);
        squares0.CopyTo(_squares);
        squares1.CopyTo(_squares, Half);
        losses0.CopyTo(_lossSquares);
        losses1.CopyTo(_lossSquares, Half);
        for (; i < until; i++)
        {
            AddOne(i);
        }
    }

    private void AddOne(int i)
    {
        var before = i == 0 ? _initial : _values[i - 1];
        var simple = before > 0 ? (_values[i] / before) - 1 : 0;
        var loss = Math.Min(simple, 0);
        var lane = i % Lanes;
        _equities[lane] += _values[i];
        _returns[lane] += simple;
        _squares[lane] = Math.FusedMultiplyAdd(simple, simple, _squares[lane]);
        _lossSquares[lane] = Math.FusedMultiplyAdd(loss, loss, _lossSquares[lane]);
    }

    private void AddDrawdowns(int until)
    {
        ref var values = ref MemoryMarshal.GetArrayDataReference(_values);
        var i = _count;
        while (i <= until - Lanes)
        {
            var value0 = Vector256.LoadUnsafe(ref values, (nuint)i);
            var value1 = Vector256.LoadUnsafe(ref values, (nuint)(i + Half));
            var reached = Vector256.Create(_reached);
            if (Vector256.GreaterThanOrEqualAny(Vector256.MaxNative(value0, value1), reached))
            {
                var peak = Vector256.Create(_peak);
                var stays = Vector256.EqualsAll(value0, peak) && Vector256.EqualsAll(value1, peak);
                if (stays)
                {
                    AddPeak(_peak, i + Lanes - 1, afterDrawdown: i);
                }
                else
                {
                    AddScalar(i, i + Lanes);
                }

                i += Lanes;
                continue;
            }

            // Below the peak: only how deep it goes matters.
            var lowest = Vector256.Create(_trough);
            do
            {
                lowest = Vector256.MinNative(lowest, Vector256.MinNative(value0, value1));
                i += Lanes;
                if (i > until - Lanes)
                {
                    break;
                }

                value0 = Vector256.LoadUnsafe(ref values, (nuint)i);
                value1 = Vector256.LoadUnsafe(ref values, (nuint)(i + Half));
            }
            while (!Vector256.GreaterThanOrEqualAny(Vector256.MaxNative(value0, value1), reached));

            var pair = Vector128.MinNative(lowest.GetLower(), lowest.GetUpper());
            _trough = double.MinNative(pair[0], pair[1]);
        }

        AddScalar(i, until);
    }

    private void AddScalar(int from, int until)
    {
        for (var i = from; i < until; i++)
        {
            if (_values[i] >= _reached)
            {
                AddPeak(Math.Max(_peak, _values[i]), i, afterDrawdown: i);
            }
            else if (_values[i] < _trough)
            {
                _trough = _values[i];
            }
        }
    }

    /// <param name="value">The new peak, or the old one reached again.</param>
    /// <param name="last">Its last index.</param>
    /// <param name="afterDrawdown">Its first index: how many values lay below the peak before it is counted up to here.</param>
    private void AddPeak(double value, int last, int afterDrawdown)
    {
        if (_trough < _peak)
        {
            _deepest = Math.Max(_deepest, (_peak - _trough) / _peak);
            _longest = Math.Max(_longest, afterDrawdown - _peakCount);
        }

        (_peak, _reached, _trough) = (value, Reached(value), value);
        _peakCount = last + 1;
    }

    private static double Reached(double peak) => peak - (ReturnMoments.ReturnNoise * peak);

    private static double AboveNoise(double value) => value > ReturnMoments.ReturnNoise ? value : 0;

    private static double Join(double[] lanes) =>
        ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}
