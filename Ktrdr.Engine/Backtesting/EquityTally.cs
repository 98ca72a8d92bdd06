using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Backtesting;

/// <summary>What the measures of an equity curve need, added up bar by bar in order. Returns are simple and 0 once the account is worth nothing or less.</summary>
internal struct EquityTally(double initialCapital)
{
    /// <summary>A variance below this share of the mean square is rounding noise of a constant series.</summary>
    private const double RoundingNoise = 1e-12;

    private readonly double _initial = initialCapital;
    private double _last = initialCapital;
    private double _equities;
    private double _returns;
    private double _squares;
    private double _lossSquares;
    private int _count;
    private int _held;
    private double _peak = initialCapital;
    private double _trough = initialCapital;
    private int _peakCount;
    private double _deepest;
    private int _longest;

    /// <param name="value">Account value at the close.</param>
    /// <param name="held">Value of the open position, 0 when flat.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(double value, double held)
    {
        var simple = _last > 0 ? (value / _last) - 1 : 0;
        var loss = Math.Min(0, simple);
        _last = value;
        _equities += value;
        _returns += simple;
        _squares = Math.FusedMultiplyAdd(simple, simple, _squares);
        _lossSquares = Math.FusedMultiplyAdd(loss, loss, _lossSquares);
        _held += held != 0 ? 1 : 0;
        if (value >= _peak)
        {
            EndDrawdown();
            _peak = value;
            _trough = value;
            _peakCount = _count + 1;
        }
        else if (value < _trough)
        {
            _trough = value;
        }

        _count++;
    }

    public readonly double Growth => _last / _initial;

    public readonly double MeanEquity => _equities / _count;

    public readonly double MeanReturn => _returns / _count;

    /// <summary>Share of closes with an open position.</summary>
    public readonly double ShareHeld => (double)_held / _count;

    /// <summary>Sample standard deviation of the returns per bar; null for fewer than two bars.</summary>
    public readonly double? Deviation
    {
        get
        {
            if (_count < 2)
            {
                return null;
            }

            var squaredDeviations = _squares - (_returns * _returns / _count);
            return squaredDeviations > RoundingNoise * _squares ? Math.Sqrt(squaredDeviations / (_count - 1)) : 0;
        }
    }

    /// <summary>Root of the mean squared return below 0.</summary>
    public readonly double DownsideDeviation => Math.Sqrt(_lossSquares / _count);

    /// <summary>Deepest fall below the running peak, as a positive fraction of it.</summary>
    public readonly double MaxDrawdown => _trough < _peak ? Math.Max(_deepest, (_peak - _trough) / _peak) : _deepest;

    /// <summary>Most bars in a row below an earlier peak.</summary>
    public readonly int MaxDrawdownBars => Math.Max(_longest, _count - _peakCount);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EndDrawdown()
    {
        if (_trough < _peak)
        {
            _deepest = Math.Max(_deepest, (_peak - _trough) / _peak);
            _longest = Math.Max(_longest, _count - _peakCount);
        }
    }
}
