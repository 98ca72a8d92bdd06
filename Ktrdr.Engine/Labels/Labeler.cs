using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>Computes the labels of one series as a strategy specifies them. Bars whose future is not long enough have none.</summary>
public static class Labeler
{
    /// <param name="spec">What to compute.</param>
    /// <param name="bars">The bars.</param>
    /// <param name="fitBars">How many bars, from the first, a threshold that the specification leaves to the data is fitted on: those before the first row that is not trained on. All of them if null.</param>
    /// <exception cref="InvalidInputException">A parameter is out of range, the series is too short for a single label or never moves enough for one, or a price is not positive and finite.</exception>
    public static LabelSeries Compute(LabelSpec spec, BarSeries bars, int? fitBars = null) => Compute(spec, bars, [new BarRange(0, fitBars ?? bars.Count)]);

    /// <summary>The same with thresholds fitted on several stretches, as the training rows of a fold between two tests are.</summary>
    /// <param name="fit">Stretches of training bars in rising order; each is measured as if the series began there. Only the CUSUM threshold and the swings of regime labels are fitted.</param>
    /// <inheritdoc cref="Compute(LabelSpec, BarSeries, int?)"/>
    public static LabelSeries Compute(LabelSpec spec, BarSeries bars, IReadOnlyList<BarRange> fit)
    {
        LabelChecks.Check(spec, bars, fit);
        return spec.Source switch
        {
            LabelSource.ForwardReturn => ForwardReturnLabels.Returns(spec, bars),
            LabelSource.TripleBarrier => TripleBarrierLabels.Compute(spec, bars, fit),
            LabelSource.Zigzag => ZigzagLabels.Compute(spec, bars),
            LabelSource.Regime => RegimeLabels.Compute(spec, bars, fit),
            LabelSource.Context => ForwardReturnLabels.Context(spec, bars),
            _ => throw LabelChecks.Invalid("unknown_label_source", "source", spec.Source.ToString(), "zigzag, forward_return, triple_barrier, regime, context"),
        };
    }

    /// <summary>Whether the labels depend on the bars their thresholds are fitted on.</summary>
    public static bool IsFitted(LabelSpec spec) => spec.Source == LabelSource.Regime || spec is { Source: LabelSource.TripleBarrier, CusumThreshold: <= 0 };
}
