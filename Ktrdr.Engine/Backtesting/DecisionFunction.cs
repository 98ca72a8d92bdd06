using System.Runtime.CompilerServices;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// How a model's output becomes a signal. Stateless. Classification: the most probable class, then in this order the confidence threshold,
/// the minimum separation from the last executed trade, position awareness, shorts on or off. Regression: BUY above
/// <c>round_trip_cost · min_edge_multiplier</c>, SELL below its negative, then the same filters without the threshold. An output that is not
/// finite is HOLD. Probabilities are taken as probabilities: nothing guesses whether a softmax has been applied.
/// </summary>
public sealed class DecisionFunction
{
    private const int Classes = 3;

    /// <summary>A predicted return of this many thresholds is full confidence.</summary>
    private const double FullConfidenceThresholds = 3;

    private readonly DecisionSpec _spec;
    private readonly double _threshold;
    private readonly double _edge;
    private readonly double _separation;
    private readonly bool _separatesByBars;
    private readonly bool _isRegression;

    public DecisionFunction(DecisionSpec spec)
    {
        if (!spec.OutputFormat.Trades())
        {
            throw new InvalidInputException(new Problem(
                "never_trades", "decisions.output_format", $"output_format {spec.OutputFormat} never trades by itself; allowed: classification, regression, or a regime router over such models."));
        }

        _spec = spec;
        _isRegression = spec.OutputFormat == OutputFormat.Regression;
        _threshold = spec.ConfidenceThreshold;
        _edge = spec.RoundTripCost * spec.MinEdgeMultiplier;
        _separatesByBars = spec.MinSignalSeparation.Unit == SeparationUnit.Bars;
        _separation = _separatesByBars ? spec.MinSignalSeparation.Amount : spec.MinSignalSeparation.Amount * Durations.Hour;
        if (_isRegression && !(_edge > 0))
        {
            throw new InvalidInputException(new Problem(
                "out_of_range", "decisions.cost_model", $"round_trip_cost {spec.RoundTripCost} times min_edge_multiplier {spec.MinEdgeMultiplier} must exceed 0."));
        }
    }

    /// <summary>Outputs per bar: 3 probabilities in the order BUY, HOLD, SELL, or 1 predicted return.</summary>
    public int OutputCount => _isRegression ? 1 : Classes;

    internal DecisionSpec Spec => _spec;

    /// <param name="outputs">One row of <see cref="OutputCount"/>.</param>
    /// <param name="now">The moment of the decision.</param>
    public Decision Decide(ReadOnlySpan<float> outputs, in DecisionMoment now) => Decide(outputs, now, 1, 1);

    /// <summary>The same with the threshold (classification: the confidence, regression: the edge) multiplied per side; a factor of 1 changes nothing.</summary>
    /// <param name="outputs">One row of <see cref="OutputCount"/>.</param>
    /// <param name="now">The moment of the decision.</param>
    /// <param name="buyFactor">For BUY.</param>
    /// <param name="sellFactor">For SELL.</param>
    public Decision Decide(ReadOnlySpan<float> outputs, in DecisionMoment now, double buyFactor, double sellFactor)
    {
        var raw = Raw(outputs, buyFactor, sellFactor);
        return raw.Signal == Signal.Hold ? raw : Filter(raw.Signal, now);
    }

    /// <summary>What the output alone says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Decision Raw(ReadOnlySpan<float> outputs, double buyFactor = 1, double sellFactor = 1) =>
        _isRegression ? PredictedSide(outputs[0], buyFactor, sellFactor) : MostProbable(outputs, buyFactor, sellFactor);

    /// <summary>Probability of the most probable class, or min(|predicted return| / (3 · edge), 1); null where the output is not finite.</summary>
    public double? Confidence(ReadOnlySpan<float> outputs)
    {
        if (_isRegression)
        {
            return float.IsFinite(outputs[0]) ? Math.Min(Math.Abs((double)outputs[0]) / (FullConfidenceThresholds * _edge), 1) : null;
        }

        return IsFinite(outputs) ? Math.Max(outputs[0], Math.Max(outputs[1], outputs[2])) : null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Decision MostProbable(ReadOnlySpan<float> p, double buyFactor, double sellFactor)
    {
        if (!IsFinite(p))
        {
            return Decision.Hold(HoldReason.NotFinite);
        }

        // Ties go to the first class, as an arg max does.
        var (signal, confidence) = p[1] > p[0] ? (Signal.Hold, p[1]) : (Signal.Buy, p[0]);
        (signal, confidence) = p[2] > confidence ? (Signal.Sell, p[2]) : (signal, confidence);
        return signal == Signal.Hold ? Decision.Hold(HoldReason.Predicted)
            : confidence < _threshold * (signal == Signal.Buy ? buyFactor : sellFactor) ? Decision.Hold(HoldReason.BelowConfidence)
            : new Decision(signal, HoldReason.None);
    }

    private Decision PredictedSide(float predicted, double buyFactor, double sellFactor) =>
        !float.IsFinite(predicted) ? Decision.Hold(HoldReason.NotFinite)
        : predicted > _edge * buyFactor ? new Decision(Signal.Buy, HoldReason.None)
        : predicted < -_edge * sellFactor ? new Decision(Signal.Sell, HoldReason.None)
        : Decision.Hold(HoldReason.Predicted);

    /// <summary>What the outputs alone say, without factors, for as many rows as there are <paramref name="answers"/>: the same as <see cref="Raw"/>, without a branch that a model's whim decides.</summary>
    internal void Answer(ReadOnlySpan<float> outputs, Span<RawAnswer> answers)
    {
        if (_isRegression)
        {
            for (var i = 0; i < answers.Length; i++)
            {
                answers[i] = PredictedSide(outputs[i], 1, 1) switch
                {
                    { Signal: Signal.Buy } => RawAnswer.Buy,
                    { Signal: Signal.Sell } => RawAnswer.Sell,
                    { Reason: HoldReason.NotFinite } => RawAnswer.NotFinite,
                    _ => RawAnswer.Hold,
                };
            }

            return;
        }

        for (var i = 0; i < answers.Length; i++, outputs = outputs[Classes..])
        {
            var (buy, hold, sell) = (outputs[0], outputs[1], outputs[2]);
            var other = float.MaxNative(buy, hold);
            var (isHold, isSell) = (hold > buy ? 1 : 0, sell > other ? 1 : 0);
            var side = (isHold & (isSell ^ 1)) | (isSell << 1);
            var isBelow = (float.MaxNative(other, sell) < _threshold ? 1 : 0) & (side ^ (int)RawAnswer.Hold) & 1;
            answers[i] = (RawAnswer)(side | (isBelow * (int)RawAnswer.BelowConfidence));
            if (!IsFinite(outputs))
            {
                answers[i] = RawAnswer.NotFinite;
            }
        }
    }

    /// <summary>What is left of a BUY or SELL at a moment.</summary>
    internal Decision Filter(Signal signal, in DecisionMoment now) =>
        IsTooSoon(now.Bar, now.Time, now.LastFillBar, now.LastFillTime) ? Decision.Hold(HoldReason.TooSoon) : At(now.Position, signal);

    /// <summary>What is left of a BUY or SELL that is far enough from the last fill.</summary>
    internal Decision At(PositionSide position, Signal signal) =>
        _spec.PositionAwareness && position == (signal == Signal.Buy ? PositionSide.Long : PositionSide.Short) ? Decision.Hold(HoldReason.PositionHeld)
        : signal == Signal.Sell && position == PositionSide.Flat && !_spec.AllowShortFromFlat ? Decision.Hold(HoldReason.ShortsOff)
        : new Decision(signal, HoldReason.None);

    /// <summary>The first of the bars [<paramref name="from"/>, <paramref name="until"/>) that is far enough from the last fill; <paramref name="until"/> where none is.</summary>
    internal int FirstSeparate(int from, int until, ReadOnlySpan<long> times, in HeldState state)
    {
        while (from < until && IsTooSoon(from, times[from], state.LastFillBar, state.LastFillTime))
        {
            from++;
        }

        return from;
    }

    private bool IsTooSoon(int bar, long time, int lastFillBar, long lastFillTime) =>
        lastFillBar >= 0 && (_separatesByBars ? bar - lastFillBar : time - lastFillTime) < _separation;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsFinite(ReadOnlySpan<float> p) => float.IsFinite(p[0]) && float.IsFinite(p[1]) && float.IsFinite(p[2]);
}
