using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>What labels need before they are computed.</summary>
internal static class LabelChecks
{
    public static void Check(LabelSpec spec, BarSeries bars, IReadOnlyList<BarRange> fit)
    {
        var (needed, by) = CheckParameters(spec);
        if (bars.Count < needed)
        {
            throw new InvalidInputException(new Problem(
                "too_few_bars", "bars", $"{bars.Symbol} {bars.Timeframe} has {Counted.Of(bars.Count, "bar")}; allowed: at least {needed} for labels with {by}")
            {
                Value = bars.Count.ToString(),
                Allowed = $"at least {needed}",
            });
        }

        RequireSoundPrices(bars);
        var before = 0;
        foreach (var range in fit)
        {
            if (range.Start < before || range.EndExclusive > bars.Count || range.Count < 0)
            {
                throw new InvalidInputException(new Problem("invalid_window", "fit", $"fit has {range} after bar {before}; allowed: stretches in rising order inside [0, {bars.Count})") { Value = range.ToString() });
            }

            before = range.EndExclusive;
        }

        RequireVolatilityBehind(spec, bars, before);
    }

    /// <summary>A bar without <c>vol_lookback</c> returns behind it is never volatile: where no training bar has them, a class is missing, and nobody would know why.</summary>
    private static void RequireVolatilityBehind(LabelSpec spec, BarSeries bars, int fitEnd)
    {
        var most = Math.Min(fitEnd, bars.Count - spec.AtrPeriod) - 1;
        if (spec.Source == LabelSource.Regime && spec.VolLookback > most)
        {
            throw Invalid(
                "out_of_range", "vol_lookback", spec.VolLookback.ToString(),
                $"{(most >= 2 ? $"2 to {most}" : "none")} with the {Counted.Of(fitEnd, "bar")} of {bars.Symbol} {bars.Timeframe} up to the last training bar, so that at least one of them has its volatility behind it; or a longer window");
        }
    }

    public static InvalidInputException Invalid(string code, string name, string value, string allowed) => new(new Problem(
        code, $"training.labels.{name}", $"training.labels.{name} = {value} is not allowed; allowed: {allowed}")
    {
        Value = value,
        Allowed = allowed,
    });

    /// <summary>Fewest bars with which one label can come out, and the parameters that decide it.</summary>
    private static (int Bars, string By) CheckParameters(LabelSpec spec)
    {
        switch (spec.Source)
        {
            case LabelSource.ForwardReturn:
                RequireAtLeast("horizon", spec.Horizon, 1);
                return (spec.Horizon + 1, $"training.labels.horizon = {spec.Horizon}");
            case LabelSource.Context:
                RequireAtLeast("horizon", spec.Horizon, 1);
                RequireFinite("bullish_threshold", spec.BullishThreshold);
                RequireFinite("bearish_threshold", spec.BearishThreshold);
                if (spec.BearishThreshold > spec.BullishThreshold)
                {
                    throw Invalid("invalid_label_parameter", "bearish_threshold", spec.BearishThreshold.ToString("R"), $"at most bullish_threshold, which is {spec.BullishThreshold:R}");
                }

                return (spec.Horizon + 1, $"training.labels.horizon = {spec.Horizon}");
            case LabelSource.Zigzag:
                RequirePositive("zigzag_threshold", spec.ZigzagThreshold);
                return (3, "training.labels.source = zigzag");
            case LabelSource.Regime:
                RequirePositive("macro_atr_mult", spec.MacroAtrMult);
                RequirePositive("micro_atr_mult", spec.MicroAtrMult);
                RequireAtLeast("atr_period", spec.AtrPeriod, 2);
                RequireAtLeast("vol_lookback", spec.VolLookback, 2);
                RequirePositive("vol_crisis_threshold", spec.VolCrisisThreshold);
                RequireFinite("progression_tolerance", spec.ProgressionTolerance);
                if (spec.MicroAtrMult >= spec.MacroAtrMult)
                {
                    throw Invalid("invalid_label_parameter", "micro_atr_mult", spec.MicroAtrMult.ToString("R"), $"below macro_atr_mult, which is {spec.MacroAtrMult:R}");
                }

                return (spec.AtrPeriod + 2, $"training.labels.atr_period = {spec.AtrPeriod}");
            default:
                RequireAtLeast("max_holding_period", spec.MaxHoldingPeriod, 1);
                RequireAtLeast("vol_span", spec.VolSpan, 1);
                RequirePositive("pt_multiplier", spec.PtMultiplier);
                RequirePositive("sl_multiplier", spec.SlMultiplier);
                RequirePositive("cusum_multiplier", spec.CusumMultiplier);
                return (spec.MaxHoldingPeriod + spec.VolSpan, $"training.labels.max_holding_period = {spec.MaxHoldingPeriod} and vol_span = {spec.VolSpan}");
        }
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

    private static void RequireAtLeast(string name, int value, int least)
    {
        if (value < least)
        {
            throw Invalid("invalid_label_parameter", name, value.ToString(), $"a whole number of {least} or more");
        }
    }

    private static void RequirePositive(string name, double value)
    {
        if (!(value > 0.0) || !double.IsFinite(value))
        {
            throw Invalid("invalid_label_parameter", name, value.ToString("R"), "a number above 0");
        }
    }

    private static void RequireFinite(string name, double value)
    {
        if (!double.IsFinite(value))
        {
            throw Invalid("invalid_label_parameter", name, value.ToString("R"), "a finite number");
        }
    }
}
