using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>Computes the labels of one series as a strategy specifies them. Bars whose future is not long enough have none.</summary>
public static class Labeler
{
    private const int TradeClasses = 3;

    /// <param name="spec">What to compute.</param>
    /// <param name="bars">The bars.</param>
    /// <param name="fitBars">How many bars, from the first, an event threshold that the specification leaves open is fitted on: those before the first row that is not trained on. All of them if null.</param>
    /// <exception cref="InvalidInputException">A parameter is out of range, the series is too short for a single label, or a price is not positive and finite.</exception>
    public static LabelSeries Compute(LabelSpec spec, BarSeries bars, int? fitBars = null)
    {
        Check(spec, bars);
        return spec.Source switch
        {
            LabelSource.ForwardReturn => ForwardReturn(spec, bars),
            LabelSource.TripleBarrier => TripleBarriers(spec, bars, fitBars ?? bars.Count),
            _ => throw Invalid("unknown_label_source", "source", spec.Source.ToString(), "forward_return, triple_barrier"),
        };
    }

    /// <summary>(close[t + horizon] − close[t]) / close[t].</summary>
    private static LabelSeries ForwardReturn(LabelSpec spec, BarSeries bars)
    {
        var close = bars.Close;
        var target = new float[bars.Count];
        var end = OwnIndex(bars.Count);
        Array.Fill(target, float.NaN);
        for (var t = 0; t + spec.Horizon < target.Length; t++)
        {
            var change = (close[t + spec.Horizon] - close[t]) / close[t];
            if (double.IsFinite(change))
            {
                target[t] = (float)change;
                end[t] = t + spec.Horizon;
            }
        }

        return new LabelSeries(true, 0, Filled(bars.Count, LabelSeries.Undefined), target, end, Filled(bars.Count, 1f));
    }

    private static LabelSeries TripleBarriers(LabelSpec spec, BarSeries bars, int fitBars)
    {
        var barrier = TripleBarrier.Compute(bars, spec);
        var isEvent = spec.CusumThreshold is { } threshold
            ? CusumFilter.Events(bars, threshold, spec.CusumMultiplier, spec.VolSpan, fitBars)
            : null;

        var classes = Filled(bars.Count, LabelSeries.Undefined);
        var end = OwnIndex(bars.Count);
        var rows = new List<int>(barrier.Side.Length);
        for (var t = 0; t < barrier.Side.Length; t++)
        {
            if (barrier.HoldingPeriod[t] == 0 || isEvent is not null && !isEvent[t])
            {
                continue;
            }

            classes[t] = barrier.Side[t] switch { > 0 => LabelSeries.Buy, < 0 => LabelSeries.Sell, _ => LabelSeries.Hold };
            end[t] = t + barrier.HoldingPeriod[t];
            rows.Add(t);
        }

        var labels = new LabelSeries(
            false, TradeClasses, classes, Filled(bars.Count, float.NaN), end, Filled(bars.Count, 1f));
        if (spec.ComputeWeights && rows.Count > 0)
        {
            var weights = UniquenessWeights.Of(labels, [.. rows]);
            for (var i = 0; i < weights.Length; i++)
            {
                labels.Weight[rows[i]] = weights[i];
            }
        }

        return labels;
    }

    private static void Check(LabelSpec spec, BarSeries bars)
    {
        int needed;
        if (spec.Source == LabelSource.ForwardReturn)
        {
            RequireAtLeastOne("horizon", spec.Horizon);
            needed = spec.Horizon + 1;
        }
        else
        {
            RequireAtLeastOne("max_holding_period", spec.MaxHoldingPeriod);
            RequireAtLeastOne("vol_span", spec.VolSpan);
            RequirePositive("pt_multiplier", spec.PtMultiplier);
            RequirePositive("sl_multiplier", spec.SlMultiplier);
            RequirePositive("cusum_multiplier", spec.CusumMultiplier);
            needed = spec.MaxHoldingPeriod + spec.VolSpan;
        }

        if (bars.Count < needed)
        {
            throw new InvalidInputException(new Problem(
                "too_few_bars", "bars", $"{bars.Symbol} {bars.Timeframe} has {bars.Count} bars; allowed: at least {needed} for these labels")
            {
                Value = bars.Count.ToString(),
                Allowed = $"at least {needed}",
            });
        }

        RequireSoundPrices(bars);
    }

    /// <summary>One missing price would silently leave every later bar without a volatility and so without a label.</summary>
    private static void RequireSoundPrices(BarSeries bars)
    {
        if (PriceCheck.FirstUnsound(bars, 0, bars.Count) is { } i)
        {
            throw new InvalidInputException(new Problem(
                "invalid_price",
                $"bars[{i}]",
                $"bar {i} of {bars.Symbol} has high {bars.High[i]:R}, low {bars.Low[i]:R}, close {bars.Close[i]:R}; allowed: positive and finite prices for labels"));
        }
    }

    private static void RequireAtLeastOne(string name, int value)
    {
        if (value < 1)
        {
            throw Invalid("invalid_label_parameter", name, value.ToString(), "a whole number of 1 or more");
        }
    }

    private static void RequirePositive(string name, double value)
    {
        if (!(value > 0.0) || !double.IsFinite(value))
        {
            throw Invalid("invalid_label_parameter", name, value.ToString("R"), "a number above 0");
        }
    }

    private static InvalidInputException Invalid(string code, string name, string value, string allowed) => new(new Problem(
        code, $"training.labels.{name}", $"training.labels.{name} = {value} is not allowed; allowed: {allowed}")
    {
        Value = value,
        Allowed = allowed,
    });

    private static int[] OwnIndex(int count)
    {
        var index = new int[count];
        for (var i = 0; i < count; i++)
        {
            index[i] = i;
        }

        return index;
    }

    private static T[] Filled<T>(int count, T value)
    {
        var array = new T[count];
        Array.Fill(array, value);
        return array;
    }
}
