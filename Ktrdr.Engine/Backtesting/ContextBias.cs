using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// The day's bias P(bullish) − P(bearish) from a context model, taken once per UTC day, at its first bar with an output, and kept until the next. It multiplies
/// the threshold of a signal: 1 − |bias| · discount in the bias's direction, 1 + |bias| · premium against it.
/// </summary>
public sealed class ContextBias
{
    private const int Classes = 3;
    private const int Bullish = 0;
    private const int Bearish = 1;

    private readonly double[] _bias;
    private readonly ContextModifiers _modifiers;

    /// <param name="probabilities">Row-major, 3 per bar: bullish, bearish, neutral.</param>
    /// <param name="ready">One flag per bar.</param>
    /// <param name="times">Open times of the bars, Unix milliseconds UTC.</param>
    /// <param name="firstBar">Outputs before are not looked at.</param>
    /// <param name="modifiers">Discount and premium.</param>
    /// <exception cref="InvalidInputException">The lengths do not fit.</exception>
    public ContextBias(float[] probabilities, bool[] ready, ReadOnlySpan<long> times, int firstBar, ContextModifiers modifiers)
    {
        if (probabilities.Length != ready.Length * Classes || times.Length < ready.Length)
        {
            throw new InvalidInputException(new Problem(
                "invalid_outputs", "context_gate", $"{probabilities.Length} probabilities and {times.Length} times for {ready.Length} bars: {Classes} probabilities and a time per bar are needed."));
        }

        _modifiers = modifiers;
        _bias = new double[ready.Length];
        var (bias, biasDay) = (0.0, int.MinValue);
        for (var bar = Math.Max(0, firstBar); bar < ready.Length; bar++)
        {
            var day = UtcDay.Of(times[bar]);
            var value = (double)probabilities[(bar * Classes) + Bullish] - probabilities[(bar * Classes) + Bearish];
            if (day != biasDay && ready[bar] && double.IsFinite(value))
            {
                (bias, biasDay) = (value, day);
            }

            _bias[bar] = bias;
        }
    }

    public int Count => _bias.Length;

    /// <summary>In [-1, 1]; 0 before the first output.</summary>
    public double At(int bar) => _bias[bar];

    /// <summary>What the thresholds of BUY and SELL are multiplied by at the close of a bar.</summary>
    public (double Buy, double Sell) Factors(int bar)
    {
        var bias = _bias[bar];
        var aligned = 1 - (Math.Abs(bias) * _modifiers.AlignedDiscount);
        var counter = 1 + (Math.Abs(bias) * _modifiers.CounterPremium);
        return bias >= 0 ? (aligned, counter) : (counter, aligned);
    }
}
