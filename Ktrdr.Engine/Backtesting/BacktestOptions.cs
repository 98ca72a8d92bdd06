using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>The account and what trading costs. Rates are fractions of price (0.0001 = 1 basis point). Defaults fit major currency pairs.</summary>
public sealed record BacktestOptions
{
    /// <summary>Account currency; prices are taken to be quoted in it.</summary>
    public double InitialCapital { get; init; } = 100_000;

    /// <summary>Commission per side, of the fill's notional.</summary>
    public double CommissionRate { get; init; } = 0.0001;

    /// <summary>Each fill is this much worse than the market's price.</summary>
    public double Slippage { get; init; } = 0.00005;

    /// <summary>Whole bid-ask spread; a fill pays half of it.</summary>
    public double SpreadFraction { get; init; }

    /// <summary>Share of the available cash that a position may use, commission included, in (0, 1].</summary>
    public double PositionFraction { get; init; } = 0.25;

    /// <summary>True: quantities are rounded down to whole units.</summary>
    public bool WholeUnits { get; init; } = true;

    /// <summary>False: SELL never opens a position.</summary>
    public bool AllowShort { get; init; } = true;

    /// <summary>True: an opposite signal closes the position and opens the other side at the same open. False: it only closes.</summary>
    public bool ReverseInOneStep { get; init; }

    /// <summary>Multiplies commission, slippage and spread alike: 2 is the cost stress of the verdict rules.</summary>
    public double CostMultiplier { get; init; } = 1;

    /// <summary>The options a strategy document asks for; what it leaves open keeps the default.</summary>
    public static BacktestOptions From(StrategyDocument strategy)
    {
        var defaults = new BacktestOptions();
        return defaults with
        {
            CommissionRate = strategy.Costs?.Commission ?? defaults.CommissionRate,
            Slippage = strategy.Costs?.Slippage ?? defaults.Slippage,
            SpreadFraction = strategy.Costs?.Spread ?? defaults.SpreadFraction,
            PositionFraction = strategy.Sizing is { Kind: SizingKind.Fraction } sizing ? sizing.Amount : defaults.PositionFraction,
            AllowShort = strategy.Decisions.AllowShortFromFlat,
        };
    }

    /// <exception cref="InvalidInputException">Every option that is out of its range.</exception>
    public void Validate()
    {
        var problems = new List<Problem>();
        Check("initial_capital", InitialCapital, InitialCapital > 0, "more than 0");
        Check("position_fraction", PositionFraction, PositionFraction is > 0 and <= 1, "more than 0, at most 1");
        Check("commission_rate", CommissionRate, CommissionRate >= 0, "0 or more");
        Check("slippage", Slippage, Slippage >= 0, "0 or more");
        Check("spread_fraction", SpreadFraction, SpreadFraction >= 0, "0 or more");
        Check("cost_multiplier", CostMultiplier, CostMultiplier >= 0, "0 or more");
        var perFill = CostMultiplier * (CommissionRate + Slippage + (SpreadFraction / 2));
        Check("costs", perFill, perFill < 1, "less than the price itself per fill");
        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }

        void Check(string field, double value, bool isAllowed, string allowed)
        {
            if (!isAllowed || !double.IsFinite(value))
            {
                problems.Add(new Problem("out_of_range", field, $"{field} is {value}: allowed is {allowed}.")
                {
                    Value = value.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    Allowed = allowed,
                });
            }
        }
    }
}
