using System.Runtime.CompilerServices;
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
    private const double MillisecondsPerHour = 3_600_000;

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
        if (spec.OutputFormat is OutputFormat.RegimeClassification or OutputFormat.ContextClassification)
        {
            throw new InvalidInputException(new Problem(
                "never_trades", "decisions.output_format", $"output_format {spec.OutputFormat} never trades by itself; allowed: classification, regression, or a regime router over such models."));
        }

        _spec = spec;
        _isRegression = spec.OutputFormat == OutputFormat.Regression;
        _threshold = spec.ConfidenceThreshold;
        _edge = spec.RoundTripCost * spec.MinEdgeMultiplier;
        _separatesByBars = spec.MinSignalSeparation.Unit == SeparationUnit.Bars;
        _separation = _separatesByBars ? spec.MinSignalSeparation.Amount : spec.MinSignalSeparation.Amount * MillisecondsPerHour;
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

    /// <summary>What is left of a BUY or SELL at a moment.</summary>
    internal Decision Filter(Signal signal, in DecisionMoment now)
    {
        if (now.LastFillBar >= 0 && (_separatesByBars ? now.Bar - now.LastFillBar : now.Time - now.LastFillTime) < _separation)
        {
            return Decision.Hold(HoldReason.TooSoon);
        }

        if (_spec.PositionAwareness && now.Position == (signal == Signal.Buy ? PositionSide.Long : PositionSide.Short))
        {
            return Decision.Hold(HoldReason.PositionHeld);
        }

        return signal == Signal.Sell && now.Position == PositionSide.Flat && !_spec.AllowShortFromFlat
            ? Decision.Hold(HoldReason.ShortsOff)
            : new Decision(signal, HoldReason.None);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsFinite(ReadOnlySpan<float> p) => float.IsFinite(p[0]) && float.IsFinite(p[1]) && float.IsFinite(p[2]);
}
