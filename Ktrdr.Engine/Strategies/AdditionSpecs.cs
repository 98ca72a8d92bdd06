namespace Ktrdr.Engine.Strategies;

/// <summary>Trading costs; null means the backtest's own default.</summary>
/// <param name="Commission">Per side, as a fraction of the traded value.</param>
/// <param name="Slippage">Per fill, against the trader, as a fraction of price.</param>
/// <param name="Spread">Whole bid-ask spread as a fraction of price; half of it is paid per fill.</param>
/// <param name="CommissionPerUnit">Per unit and side, in account currency.</param>
/// <param name="MinimumCommission">Least commission of a fill, in account currency.</param>
/// <param name="FinancingPerDay">Per calendar day a position is held over midnight UTC, as a fraction of its value.</param>
public sealed record CostSpec(
    double? Commission = null, double? Slippage = null, double? Spread = null, double? CommissionPerUnit = null, double? MinimumCommission = null, double? FinancingPerDay = null);

public enum SizingKind
{
    /// <summary>A share of the available cash.</summary>
    Fraction,

    /// <summary>A fixed number of units.</summary>
    Units,

    /// <summary>As many units as give the position a stated annual volatility, as a share of equity.</summary>
    VolatilityTarget,

    /// <summary>As many units as lose a stated share of equity at the stop; needs a stop.</summary>
    RiskPerTrade,
}

/// <summary>Position size.</summary>
/// <param name="Kind">What <paramref name="Amount"/> means.</param>
/// <param name="Amount">Fraction and risk: a share in (0, 1]; units: above 0; volatility target: annual volatility as a fraction.</param>
/// <param name="WholeUnits">Quantities are rounded down to whole units, or with <paramref name="LotSize"/> to whole lots.</param>
/// <param name="LotSize">Units in a lot; null: no lots.</param>
/// <param name="VolatilityLookback">Volatility target: bars whose returns give the volatility.</param>
public sealed record SizingSpec(SizingKind Kind, double Amount, bool WholeUnits = true, double? LotSize = null, int VolatilityLookback = 20)
{
    public SizingSpec(double fraction)
        : this(SizingKind.Fraction, fraction)
    {
    }
}

public enum ExitUnit
{
    /// <summary>A fraction of the entry price.</summary>
    Percent,

    /// <summary>Average true ranges as of the decision.</summary>
    Atr,

    /// <summary>A distance in price.</summary>
    Price,
}

/// <summary>A distance from the entry price (trailing: from the best price since).</summary>
public sealed record ExitLevel(ExitUnit Unit, double Amount);

/// <summary>When a position is left without a signal. What is null is not used.</summary>
/// <param name="TimeBars">The position is left at the open after this many completed bars.</param>
/// <param name="AtrPeriod">Bars of Wilder's average true range where a level is in <see cref="ExitUnit.Atr"/>.</param>
public sealed record ExitSpec(ExitLevel? Stop = null, ExitLevel? Target = null, ExitLevel? Trailing = null, int? TimeBars = null, int AtrPeriod = 14);

public enum ValidationScheme
{
    /// <summary>The last part of the window validates.</summary>
    Holdout,

    /// <summary>Train on what lies before, test on the next stretch, move on.</summary>
    WalkForward,

    /// <summary>Each of the folds is tested once by a model trained on the others.</summary>
    PurgedKFold,

    /// <summary>Every combination of test folds; López de Prado (2018).</summary>
    CombinatorialPurged,
}

/// <summary>How the training window is split to judge the strategy. Purge and embargo are always on.</summary>
/// <param name="Folds">Stretches of equal length, 2 to 50; not for a holdout.</param>
/// <param name="TestFolds">Combinatorial: stretches tested at a time.</param>
/// <param name="Anchored">Walk-forward: training always begins at the window's first bar; false: it moves with the test.</param>
/// <param name="EmbargoBars">A wider embargo than the least one; null: the least one.</param>
public sealed record ValidationSpec(ValidationScheme Scheme, int Folds = 5, int TestFolds = 2, bool Anchored = true, int? EmbargoBars = null);
