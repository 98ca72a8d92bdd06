using System.Globalization;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>The account, what trading costs, how large positions are and when they are left. Rates are fractions (0.0001 = 1 basis point). Defaults fit major currency pairs.</summary>
public sealed record BacktestOptions
{
    private const double DefaultFraction = 0.25;
    private const int HoursPerDay = 24;

    /// <summary>In <see cref="AccountCurrency"/>.</summary>
    public double InitialCapital { get; init; } = 100_000;

    /// <summary>Currency of capital, costs and profits.</summary>
    public string AccountCurrency { get; init; } = "USD";

    /// <summary>Contract size and quote currency of every symbol that states none of its own.</summary>
    public InstrumentTerms Instrument { get; init; } = new();

    /// <summary>Commission per side, of the fill's notional.</summary>
    public double CommissionRate { get; init; } = 0.0001;

    /// <summary>Commission per unit and side, account currency; added to the rate's.</summary>
    public double CommissionPerUnit { get; init; }

    /// <summary>Least commission of a fill, account currency.</summary>
    public double MinimumCommission { get; init; }

    /// <summary>A fill at the market is this much worse than the market's price; a target, being a limit order, is not.</summary>
    public double Slippage { get; init; } = 0.00005;

    /// <summary>Whole bid-ask spread; every fill pays half of it.</summary>
    public double SpreadFraction { get; init; }

    /// <summary>Paid per day for a position, long or short, that is open at the rollover; a fraction of its notional at the close before.</summary>
    public double FinancingPerDay { get; init; }

    /// <summary>Hour of the day, UTC, at which a new financing day begins, in [0, 24).</summary>
    public double RolloverHour { get; init; }

    /// <summary>Multiplies commission, slippage, spread and financing alike: 2 is the cost stress of the verdict rules.</summary>
    public double CostMultiplier { get; init; } = 1;

    /// <summary>How many units an entry asks for.</summary>
    public SizingSpec Sizing { get; init; } = new(SizingKind.Fraction, DefaultFraction);

    /// <summary>When a position is left without a signal; null: never.</summary>
    public ExitSpec? Exits { get; init; }

    /// <summary>False: SELL never opens a position.</summary>
    public bool AllowShort { get; init; } = true;

    /// <summary>True: an opposite signal closes the position and opens the other side at the same open. False: it only closes.</summary>
    public bool ReverseInOneStep { get; init; }

    /// <summary>The options a strategy document asks for; what it leaves open keeps the default.</summary>
    public static BacktestOptions From(StrategyDocument strategy)
    {
        var defaults = new BacktestOptions();
        return defaults with
        {
            CommissionRate = strategy.Costs?.Commission ?? defaults.CommissionRate,
            CommissionPerUnit = strategy.Costs?.CommissionPerUnit ?? defaults.CommissionPerUnit,
            MinimumCommission = strategy.Costs?.MinimumCommission ?? defaults.MinimumCommission,
            Slippage = strategy.Costs?.Slippage ?? defaults.Slippage,
            SpreadFraction = strategy.Costs?.Spread ?? defaults.SpreadFraction,
            FinancingPerDay = strategy.Costs?.FinancingPerDay ?? defaults.FinancingPerDay,
            Sizing = strategy.Sizing ?? defaults.Sizing,
            Exits = strategy.Exits,
            AllowShort = strategy.Decisions.AllowShortFromFlat,
            ReverseInOneStep = strategy.Decisions.AllowReversal,
        };
    }

    /// <summary>What a request for one run says instead of the document; null leaves the document's figure.</summary>
    public BacktestOptions With(double initialCapital, double? commissionRate, double? slippage) =>
        this with { InitialCapital = initialCapital, CommissionRate = commissionRate ?? CommissionRate, Slippage = slippage ?? Slippage };

    /// <exception cref="InvalidInputException">Every option that is out of its range.</exception>
    public void Validate()
    {
        var problems = new List<Problem>();
        Check("initial_capital", InitialCapital, InitialCapital > 0, "more than 0");
        Check("commission_rate", CommissionRate, CommissionRate >= 0, "0 or more");
        Check("commission_per_unit", CommissionPerUnit, CommissionPerUnit >= 0, "0 or more");
        Check("minimum_commission", MinimumCommission, MinimumCommission >= 0, "0 or more");
        Check("slippage", Slippage, Slippage >= 0, "0 or more");
        Check("spread_fraction", SpreadFraction, SpreadFraction >= 0, "0 or more");
        Check("financing_per_day", FinancingPerDay, FinancingPerDay is >= 0 and < 1, "0 or more, less than 1");
        Check("rollover_hour", RolloverHour, RolloverHour is >= 0 and < HoursPerDay, "0 or more, less than 24");
        Check("cost_multiplier", CostMultiplier, CostMultiplier >= 0, "0 or more");
        var perFill = CostMultiplier * (CommissionRate + Slippage + (SpreadFraction / 2));
        Check("costs", perFill, perFill < 1, "less than the price itself per fill");
        CheckSizing();
        CheckExits();
        Instrument.Check(AccountCurrency, "instrument", problems);
        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }

        void Check(string field, double value, bool isAllowed, string allowed)
        {
            if (!isAllowed || !double.IsFinite(value))
            {
                problems.Add(OutOfRange(field, value, allowed));
            }
        }

        void CheckSizing()
        {
            var isShare = Sizing.Kind is SizingKind.Fraction or SizingKind.RiskPerTrade;
            Check("sizing.amount", Sizing.Amount, Sizing.Amount > 0 && (!isShare || Sizing.Amount <= 1), isShare ? "more than 0, at most 1" : "more than 0");
            Check("sizing.lot_size", Sizing.LotSize ?? 1, Sizing.LotSize is null or > 0, "more than 0");
            Check("sizing.volatility_lookback", Sizing.VolatilityLookback, Sizing.Kind != SizingKind.VolatilityTarget || Sizing.VolatilityLookback >= 2, "2 or more");
            if (Sizing.Kind == SizingKind.RiskPerTrade && Exits?.Stop is null)
            {
                problems.Add(new Problem("stop_missing", "exits.stop", "exits.stop is not set: risk_per_trade sizes a position by its distance to the stop; allowed: a stop in percent, atr or price."));
            }
        }

        void CheckExits()
        {
            CheckLevel("exits.stop", Exits?.Stop, isBelowOne: true);
            CheckLevel("exits.target", Exits?.Target, isBelowOne: false);
            CheckLevel("exits.trailing", Exits?.Trailing, isBelowOne: true);
            Check("exits.time_bars", Exits?.TimeBars ?? 1, Exits?.TimeBars is null or >= 1, "1 or more");
            Check("exits.atr_period", Exits?.AtrPeriod ?? 1, Exits is null or { AtrPeriod: >= 1 and <= 200 }, "1 to 200");
        }

        void CheckLevel(string field, ExitLevel? level, bool isBelowOne)
        {
            if (level is { Unit: ExitUnit.Percent } && isBelowOne)
            {
                Check(field, level.Amount, level.Amount is > 0 and < 1, "more than 0, less than 1 (0.02 is 2 % of the price)");
            }
            else if (level is not null)
            {
                Check(field, level.Amount, level.Amount > 0, "more than 0");
            }
        }
    }

    internal static Problem OutOfRange(string field, double value, string allowed) =>
        new("out_of_range", field, string.Create(CultureInfo.InvariantCulture, $"{field} is {value}: allowed is {allowed}."))
        {
            Value = value.ToString(CultureInfo.InvariantCulture),
            Allowed = allowed,
        };
}
