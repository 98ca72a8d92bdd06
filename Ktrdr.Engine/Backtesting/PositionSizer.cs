using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>How many units an entry asks for, and how many of them the cash covers.</summary>
internal static class PositionSizer
{
    /// <summary>A quotient this close below a whole number of lots is that number: 0.3 / 0.1 is not 2.</summary>
    private const double RoundingNoise = 1e-12;

    /// <summary>Cash below this share of the equity is what rounding leaves of an account that is spent: a position of it would count as a trade and be none.</summary>
    private const double SpentShare = 1e-9;

    /// <param name="book">The symbol; its bars up to <paramref name="decisionBar"/> are known.</param>
    /// <param name="sizing">The rule.</param>
    /// <param name="decisionBar">The bar at whose close the entry was decided.</param>
    /// <param name="market">The open at which it is filled.</param>
    /// <param name="price">The same with costs.</param>
    /// <param name="cash">What is not bound in positions.</param>
    /// <param name="equity">What the account is worth.</param>
    public static SizedEntry Size(SymbolBook book, SizingSpec sizing, int decisionBar, double market, double price, double cash, double equity)
    {
        var unitValue = book.Costs.UnitValue;
        double wanted;
        switch (sizing.Kind)
        {
            case SizingKind.Fraction:
                wanted = book.Costs.Units(sizing.Amount * cash, market);
                break;
            case SizingKind.Units:
                wanted = sizing.Amount;
                break;
            case SizingKind.VolatilityTarget:
                var volatility = AnnualVolatility(book.Bars, decisionBar, sizing.VolatilityLookback);
                if (!(volatility > 0))
                {
                    return new SizedEntry(0, 0, RejectionCause.UnknownVolatility);
                }

                wanted = equity * sizing.Amount / volatility / (market * unitValue);
                break;
            default:
                wanted = equity * sizing.Amount / (ExitLevels.Distance(book.Exits!.Stop!, price, book.AverageRangeAt(decisionBar)) * unitValue);
                break;
        }

        var step = sizing.LotSize ?? (sizing.WholeUnits ? 1 : 0);
        var requested = Round(wanted, step, sizing.LotSize is null ? 0 : RoundingNoise);
        if (!(requested > 0))
        {
            return new SizedEntry(Math.Max(0, wanted), 0, RejectionCause.LessThanOneUnit);
        }

        var quantity = cash > SpentShare * equity ? Math.Min(requested, Round(book.Costs.Affordable(cash, price), step, 0)) : 0;
        return quantity > 0 ? new SizedEntry(requested, quantity, null) : new SizedEntry(requested, 0, RejectionCause.NotEnoughCash);
    }

    private static double Round(double units, double step, double noise) => step switch
    {
        0 => units,
        1 => Math.Floor(units),
        _ => Math.Floor(units / step * (1 + noise)) * step,
    };

    /// <summary>
    /// Standard deviation (divisor n − 1) of the last <paramref name="lookback"/> simple returns, times the root of the bars per year observed up to the decision.
    /// NaN before there are that many.
    /// </summary>
    private static double AnnualVolatility(BarSeries bars, int decisionBar, int lookback)
    {
        if (decisionBar < lookback)
        {
            return double.NaN;
        }

        var closes = bars.Close.Slice(decisionBar - lookback, lookback + 1);
        Span<double> returns = lookback <= 256 ? stackalloc double[lookback] : new double[lookback];
        for (var i = 0; i < lookback; i++)
        {
            returns[i] = (closes[i + 1] / closes[i]) - 1;
        }

        return Math.Sqrt(Reductions.Variance(returns, 1) * bars.Slice(0, decisionBar + 1).BarsPerYear);
    }
}

/// <param name="Requested">Units asked for, rounded to lots; before rounding where that leaves none.</param>
/// <param name="Quantity">Units the cash covers.</param>
/// <param name="Refused">Why there are none.</param>
internal readonly record struct SizedEntry(double Requested, double Quantity, RejectionCause? Refused);
