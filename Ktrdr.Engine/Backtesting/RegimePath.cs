using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// The regime that holds at each close, from a regime model's probabilities. A bar proposes its most probable regime (ties: the first), if that reaches the
/// threshold, else volatile. The first proposal holds at once; another must be proposed by a number of bars in a row. A bar without an output neither proposes
/// nor breaks the row. At bar t it depends on outputs at or before t only.
/// </summary>
public sealed class RegimePath
{
    private const int Classes = 4;
    private const sbyte None = -1;

    private readonly sbyte[] _regimes;

    /// <param name="probabilities">Row-major, 4 per bar in the order of <see cref="Regime"/>.</param>
    /// <param name="ready">One flag per bar.</param>
    /// <param name="firstBar">Where the path begins: outputs before are not looked at.</param>
    /// <param name="threshold">Least probability of the dominant regime.</param>
    /// <param name="stabilityBars">Bars in a row that a new regime must be proposed by, at least 1.</param>
    /// <exception cref="InvalidInputException">Lengths or values are wrong.</exception>
    public RegimePath(float[] probabilities, bool[] ready, int firstBar, double threshold, int stabilityBars)
    {
        if (probabilities.Length != ready.Length * Classes)
        {
            throw new InvalidInputException(new Problem(
                "invalid_outputs", "gate_model", $"{probabilities.Length} probabilities for {ready.Length} bars: {Classes} per bar are needed."));
        }

        if (stabilityBars < 1)
        {
            throw new InvalidInputException(BacktestOptions.OutOfRange("composition.stability_bars", stabilityBars, "1 or more"));
        }

        _regimes = new sbyte[ready.Length];
        Array.Fill(_regimes, None);
        sbyte confirmed = None;
        sbyte pending = None;
        var inRow = 0;
        for (var bar = Math.Max(0, firstBar); bar < ready.Length; bar++)
        {
            var row = probabilities.AsSpan(bar * Classes, Classes);
            if (ready[bar] && IsFinite(row))
            {
                var proposed = (sbyte)Dominant(row, threshold);
                if (confirmed == None || proposed == confirmed)
                {
                    (confirmed, pending, inRow) = (proposed, None, 0);
                }
                else
                {
                    inRow = proposed == pending ? inRow + 1 : 1;
                    pending = proposed;
                    if (inRow >= stabilityBars)
                    {
                        (confirmed, pending, inRow) = (proposed, None, 0);
                    }
                }
            }

            _regimes[bar] = confirmed;
        }
    }

    public int Count => _regimes.Length;

    /// <summary>The regime at the close of a bar; null before the gate's first output.</summary>
    public Regime? At(int bar) => _regimes[bar] == None ? null : (Regime)_regimes[bar];

    private static Regime Dominant(ReadOnlySpan<float> row, double threshold)
    {
        var best = 0;
        for (var i = 1; i < row.Length; i++)
        {
            best = row[i] > row[best] ? i : best;
        }

        return row[best] >= threshold ? (Regime)best : Regime.Volatile;
    }

    private static bool IsFinite(ReadOnlySpan<float> row) => float.IsFinite(row[0]) && float.IsFinite(row[1]) && float.IsFinite(row[2]) && float.IsFinite(row[3]);
}
